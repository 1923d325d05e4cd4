import { Link } from "@tanstack/react-router";
import { t } from "../text/en";
import { Empty } from "../ui/State";
import { useTitle } from "../ui/useTitle";

export function NotFound() {
  useTitle(t.state.noPage);
  return (
    <div className="page">
      <h1>{t.state.noPage}</h1>
      <Empty title={t.state.notHere} hint={t.state.noPageHint}>
        <Link to="/" className="button primary">
          {t.nav.home}
        </Link>
      </Empty>
    </div>
  );
}
