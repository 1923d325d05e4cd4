// Views of one page. They stand in the URL, so each is a link's end and a step of the history.

interface Props<Id extends string> {
  readonly label: string;
  readonly tabs: readonly { readonly id: Id; readonly title: string }[];
  readonly tab: Id;
  readonly onTab: (id: Id) => void;
}

export function TabBar<Id extends string>({ label, tabs, tab, onTab }: Props<Id>) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {tabs.map(({ id, title }) => (
        <button key={id} type="button" aria-pressed={id === tab} onClick={() => onTab(id)}>
          {title}
        </button>
      ))}
    </div>
  );
}
