import { Link } from "@tanstack/react-router";
import { t } from "../text/en";
import { Empty } from "../ui/State";

export function NotFound() {
  return (
    <div className="page">
      <h1>{t.state.noPage}</h1>
      <Empty title={t.state.noPage} hint={t.state.noPageHint}>
        <Link to="/" className="button primary">
          {t.nav.home}
        </Link>
      </Empty>
    </div>
  );
}
