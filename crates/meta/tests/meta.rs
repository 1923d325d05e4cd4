//! Settings as their users see them: the whole crate on a real database, time from a manual clock.
//!
//! With `SIGHTLINE_TEST_POSTGRES=postgres://user@host:port` at compile time the same cases run on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sightline_meta::{DevAccess, Error, Meta, NewKey, NewUser, User};
use sightline_model::{
    AuthError, Authenticator, Credential, Kind, OrgId, Permission, Role, Signal, TenantBinding, TenantId,
    Tenants,
};
use sightline_runtime::{Clock, ManualClock, Scope};

const START: i64 = 1_790_000_000_000_000_000;

struct Fixture {
    meta: Meta,
    auth: Arc<dyn Authenticator>,
    clock: Arc<ManualClock>,
    scope: Scope,
    path: String,
    _dir: tempfile::TempDir,
}

async fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let path = match option_env!("SIGHTLINE_TEST_POSTGRES") {
        None => dir.path().join("meta #1?.db").display().to_string(),
        Some(server) => postgres_database(server).await,
    };
    let clock = Arc::new(ManualClock::new(START));
    let scope = Scope::new();
    let meta = open(&path, &clock, &scope).await;
    let auth = meta.authenticator(DevAccess::default());
    Fixture { meta, auth, clock, scope, path, _dir: dir }
}

/// Makes an empty database of its own.
async fn postgres_database(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&format!("{server}/postgres")).await.unwrap();
    let name = format!("t{}", rand::random::<u64>());
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    format!("{server}/{name}")
}

fn is_file(f: &Fixture) -> bool {
    !f.path.contains("://")
}

async fn open(path: &str, clock: &Arc<ManualClock>, scope: &Scope) -> Meta {
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
    Meta::open(path, clock, scope).await.unwrap()
}

fn tenant(text: &str) -> TenantId {
    TenantId::parse(text).unwrap()
}

fn set(texts: &[&str]) -> BTreeSet<TenantId> {
    texts.iter().map(|text| tenant(text)).collect()
}

fn new_key(scopes: &[Permission]) -> NewKey {
    NewKey {
        org: OrgId::DEFAULT,
        name: "test".to_owned(),
        environment: "dev".to_owned(),
        scopes: scopes.to_vec(),
        binding: TenantBinding::Trusted,
        tenants: None,
        expires_at: None,
        created_by: "test".to_owned(),
    }
}

async fn make_key(meta: &Meta, new: NewKey) -> (String, Credential) {
    let made = meta.keys().create(new).await.unwrap();
    (made.key.id, Credential::Key(made.text.expose().clone()))
}

async fn make_user(meta: &Meta, name: &str, role: Role, tenants: Option<BTreeSet<TenantId>>) -> User {
    meta.users().create(NewUser { org: OrgId::DEFAULT, name: name.to_owned(), role, tenants }).await.unwrap()
}

#[tokio::test]
async fn the_first_start_makes_two_orgs_and_later_starts_keep_everything() {
    let f = fixture().await;
    let acme = f.meta.orgs().create("acme", "Acme").await.unwrap();
    assert_eq!(acme.id, OrgId(2));
    let (_, key) = make_key(&f.meta, new_key(&[Permission::QueryRead])).await;
    let signing = f.meta.signing_key().await.unwrap();
    f.meta.close().await;

    let again = open(&f.path, &f.clock, &f.scope).await;
    let slugs: Vec<_> = again.orgs().list().await.unwrap().into_iter().map(|o| o.slug).collect();
    assert_eq!(slugs, ["platform", "default", "acme"]);
    assert_eq!(again.signing_key().await.unwrap(), signing);
    assert_eq!(again.authenticator(DevAccess::default()).reader(&key).unwrap().org_slug, "default");
    assert_eq!(again.orgs().create("acme", "x").await.unwrap_err().kind(), Kind::Conflict);
    assert_eq!(again.orgs().create("Acme", "x").await.unwrap_err().kind(), Kind::Invalid);
}

#[tokio::test]
async fn the_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let f = fixture().await;
    if !is_file(&f) {
        return;
    }
    let mode = std::fs::metadata(&f.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say_and_nothing_else() {
    let f = fixture().await;
    let (id, key) = make_key(&f.meta, new_key(&[Permission::IngestTraces])).await;
    let scope = f.auth.ingest(&key, Signal::Traces).unwrap();
    assert_eq!((scope.org, scope.binding), (OrgId::DEFAULT, TenantBinding::Trusted));
    let principal = f.auth.reader(&key).unwrap();
    assert_eq!(principal.name, format!("key {id}"));
    assert!(!principal.may(Permission::QueryRead));

    let (_, reading) = make_key(&f.meta, new_key(&[Permission::QueryRead])).await;
    assert_eq!(f.auth.ingest(&reading, Signal::Traces), Err(AuthError::Denied));
    assert_eq!(f.auth.ingest(&key, Signal::Logs), Err(AuthError::Denied), "a scope is for one signal");
}

#[tokio::test]
async fn a_bound_key_reads_its_tenant_only_unless_a_set_is_given() {
    let f = fixture().await;
    let bound = NewKey { binding: TenantBinding::Bound(tenant("t-1")), ..new_key(&[Permission::QueryRead]) };
    let (_, one) = make_key(&f.meta, bound.clone()).await;
    let (_, two) = make_key(&f.meta, NewKey { tenants: Some(set(&["t-1", "t-2"])), ..bound }).await;
    let check = |key: &Credential, expected: &[&str]| {
        let principal = f.auth.reader(key).unwrap();
        assert_eq!(principal.scope.tenants(), &Tenants::Set(Arc::new(set(expected))));
    };
    check(&one, &["t-1"]);
    check(&two, &["t-1", "t-2"]);
}

#[tokio::test]
async fn credentials_that_open_nothing_are_refused() {
    let f = fixture().await;
    let (_, good) = make_key(&f.meta, new_key(&[Permission::QueryRead])).await;
    let Credential::Key(text) = good else { unreachable!() };
    let (head, tail) = text.rsplit_once('_').unwrap();
    let check = |credential: Credential, expected| {
        assert_eq!(f.auth.reader(&credential).unwrap_err(), expected, "{credential:?}");
        assert!(f.auth.ingest(&credential, Signal::Traces).is_err());
    };
    check(Credential::Missing, AuthError::Missing);
    check(Credential::Key(String::new()), AuthError::Invalid);
    let other = if head.ends_with('x') { 'y' } else { 'x' };
    check(Credential::Key(format!("{}{other}_{tail}", &head[..head.len() - 1])), AuthError::Invalid);
    check(Credential::Session("x".repeat(43)), AuthError::Invalid);
    check(Credential::Session(text), AuthError::Invalid);
}

#[tokio::test]
async fn a_key_with_the_id_of_another_and_a_good_checksum_is_refused() {
    let f = fixture().await;
    let (_, one) = make_key(&f.meta, new_key(&[Permission::QueryRead])).await;
    let (_, two) = make_key(&f.meta, new_key(&[Permission::QueryRead])).await;
    let (Credential::Key(one), Credential::Key(two)) = (one, two) else { unreachable!() };
    let id = one.split('_').nth(2).unwrap();
    let secret = two.split('_').nth(3).unwrap();
    let body = format!("sl_dev_{id}_{secret}");
    let forged = format!("{body}_{:08x}", crc32c::crc32c(body.as_bytes()));
    assert_eq!(f.auth.reader(&Credential::Key(forged)), Err(AuthError::Invalid));
}

#[tokio::test]
async fn a_key_ends_at_its_expiry_and_at_once_when_revoked() {
    let f = fixture().await;
    let expires_at = Some(START + 60_000_000_000);
    let (_, short) = make_key(&f.meta, NewKey { expires_at, ..new_key(&[Permission::QueryRead]) }).await;
    let (id, long) = make_key(&f.meta, new_key(&[Permission::QueryRead])).await;
    f.clock.advance(Duration::from_secs(59));
    assert!(f.auth.reader(&short).is_ok());
    f.clock.advance(Duration::from_secs(1));
    assert_eq!(f.auth.reader(&short), Err(AuthError::Invalid));

    assert_eq!(f.meta.keys().revoke(OrgId::PLATFORM, &id).await.unwrap_err().kind(), Kind::NotFound);
    assert!(f.auth.reader(&long).is_ok());
    f.meta.keys().revoke(OrgId::DEFAULT, &id).await.unwrap();
    assert_eq!(f.auth.reader(&long), Err(AuthError::Invalid));
    assert_eq!(f.meta.keys().revoke(OrgId::DEFAULT, &id).await.unwrap_err().kind(), Kind::NotFound);
}

#[tokio::test]
async fn another_server_sees_a_revocation_with_its_next_refresh() {
    let f = fixture().await;
    let (id, key) = make_key(&f.meta, new_key(&[Permission::IngestTraces])).await;
    let other = open(&f.path, &f.clock, &f.scope).await;
    let other_auth = other.authenticator(DevAccess::default());
    assert!(other_auth.ingest(&key, Signal::Traces).is_ok());
    f.meta.keys().revoke(OrgId::DEFAULT, &id).await.unwrap();
    other.refresh().await.unwrap();
    assert_eq!(other_auth.ingest(&key, Signal::Traces), Err(AuthError::Invalid));
}

#[tokio::test]
async fn the_last_use_of_a_key_is_written_at_most_once_a_minute() {
    let f = fixture().await;
    let (_, key) = make_key(&f.meta, new_key(&[Permission::IngestTraces])).await;
    let last_used = async || f.meta.keys().list(OrgId::DEFAULT).await.unwrap()[0].last_used_at;
    let use_it = async || {
        f.auth.ingest(&key, Signal::Traces).unwrap();
        f.meta.refresh().await.unwrap();
    };
    use_it().await;
    assert_eq!(last_used().await, Some(START));
    f.clock.advance(Duration::from_secs(59));
    use_it().await;
    assert_eq!(last_used().await, Some(START));
    f.clock.advance(Duration::from_secs(1));
    use_it().await;
    assert_eq!(last_used().await, Some(START + 60_000_000_000));
}

#[tokio::test]
async fn keyless_ingest_is_for_the_development_profile() {
    let f = fixture().await;
    assert_eq!(f.auth.ingest(&Credential::Missing, Signal::Traces), Err(AuthError::Missing));
    let dev = f.meta.authenticator(DevAccess { keyless_ingest: true });
    assert_eq!(dev.ingest(&Credential::Missing, Signal::Traces).unwrap().org, OrgId::DEFAULT);
    assert_eq!(dev.reader(&Credential::Missing), Err(AuthError::Missing));
    assert_eq!(dev.ingest(&Credential::Key("junk".to_owned()), Signal::Traces), Err(AuthError::Invalid));
}

#[tokio::test]
async fn keys_that_would_break_a_rule_are_not_made() {
    let f = fixture().await;
    let check = async |new: NewKey, names: &str| {
        let error = f.meta.keys().create(new).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(error.to_string().contains(names), "{error}");
    };
    let base = || new_key(&[Permission::QueryRead]);
    check(NewKey { name: String::new(), ..base() }, "`name`").await;
    check(NewKey { environment: "Prod_1".to_owned(), ..base() }, "`environment`").await;
    check(NewKey { scopes: Vec::new(), ..base() }, "`scopes`").await;
    check(NewKey { expires_at: Some(START), ..base() }, "`expires_at`").await;
    let limited = NewKey { tenants: Some(set(&["t-1"])), ..new_key(&[Permission::AdminWrite]) };
    check(limited, "`admin:write`").await;
    let bound = NewKey { binding: TenantBinding::Bound(tenant("t")), ..new_key(&[Permission::MetricsRead]) };
    check(bound, "`metrics:read`").await;
}

#[tokio::test]
async fn a_login_token_works_once_within_fifteen_minutes() {
    let f = fixture().await;
    let user = make_user(&f.meta, "ada", Role::Owner, None).await;
    let token = f.meta.one_time_login(&user).await.unwrap();
    let first = f.meta.sessions().log_in(token.expose(), None).await.unwrap();
    assert_eq!(first.user, user);
    assert!(matches!(f.meta.sessions().log_in(token.expose(), None).await, Err(Error::LoginRefused)));

    let late = f.meta.one_time_login(&user).await.unwrap();
    f.clock.advance(Duration::from_secs(15 * 60));
    assert!(matches!(f.meta.sessions().log_in(late.expose(), None).await, Err(Error::LoginRefused)));
    assert!(matches!(f.meta.sessions().log_in("", None).await, Err(Error::LoginRefused)));
}

#[tokio::test]
async fn of_many_requests_with_one_login_token_one_gets_in() {
    let f = fixture().await;
    let user = make_user(&f.meta, "ada", Role::Owner, None).await;
    let token = f.meta.one_time_login(&user).await.unwrap();
    let sessions = f.meta.sessions();
    let tries = futures_all((0..8).map(|_| sessions.log_in(token.expose(), None))).await;
    assert_eq!(tries.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{tries:?}");
}

async fn futures_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|cx| {
        pending.retain_mut(|future| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if pending.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test]
async fn a_session_ends_when_idle_when_old_and_when_logged_out() {
    let f = fixture().await;
    let user = make_user(&f.meta, "ada", Role::Admin, None).await;
    let log_in = async |previous: Option<&str>| {
        let token = f.meta.one_time_login(&user).await.unwrap();
        let session = f.meta.sessions().log_in(token.expose(), previous).await.unwrap();
        session.token.expose().clone()
    };
    let check = |token: &str, is_open: bool| {
        assert_eq!(f.auth.reader(&Credential::Session(token.to_owned())).is_ok(), is_open);
    };
    let idle = log_in(None).await;
    check(&idle, true);
    f.clock.advance(Duration::from_secs(30 * 60));
    check(&idle, false);

    let busy = log_in(None).await;
    for _ in 0..(12 * 60 / 29) {
        f.clock.advance(Duration::from_secs(29 * 60));
        check(&busy, true);
    }
    f.clock.advance(Duration::from_secs(29 * 60));
    check(&busy, false);

    let ended = log_in(None).await;
    f.meta.sessions().end(&ended).await.unwrap();
    check(&ended, false);

    let planted = log_in(None).await;
    let fresh = log_in(Some(&planted)).await;
    check(&planted, false);
    check(&fresh, true);
    assert_eq!(f.auth.ingest(&Credential::Session(fresh), Signal::Traces), Err(AuthError::Denied));
}

#[tokio::test]
async fn a_session_used_on_one_server_stays_open_on_another_and_over_a_restart() {
    let f = fixture().await;
    let user = make_user(&f.meta, "ada", Role::Viewer, None).await;
    let token = f.meta.one_time_login(&user).await.unwrap();
    let session = f.meta.sessions().log_in(token.expose(), None).await.unwrap();
    let credential = Credential::Session(session.token.expose().clone());
    let other = open(&f.path, &f.clock, &f.scope).await;
    f.clock.advance(Duration::from_secs(20 * 60));
    f.auth.reader(&credential).unwrap();
    f.meta.refresh().await.unwrap();
    other.refresh().await.unwrap();
    f.clock.advance(Duration::from_secs(20 * 60));
    assert!(other.authenticator(DevAccess::default()).reader(&credential).is_ok());
}

#[tokio::test]
async fn users_have_the_permissions_of_their_role_and_the_tenants_of_their_set() {
    let f = fixture().await;
    make_user(&f.meta, "vic", Role::Viewer, Some(set(&["t-1"]))).await;
    make_user(&f.meta, "ann", Role::Admin, None).await;
    let reader = async |name: &str| {
        let user = f.meta.users().by_name(OrgId::DEFAULT, name).await.unwrap();
        let token = f.meta.one_time_login(&user).await.unwrap();
        let session = f.meta.sessions().log_in(token.expose(), None).await.unwrap();
        f.auth.reader(&Credential::Session(session.token.expose().clone())).unwrap()
    };
    let vic = reader("vic").await;
    assert_eq!(vic.scope.tenants(), &Tenants::Set(Arc::new(set(&["t-1"]))));
    assert!(vic.may(Permission::QueryRead) && !vic.may(Permission::AdminRead));
    let ann = reader("ann").await;
    assert_eq!(ann.scope.tenants(), &Tenants::All);
    assert!(ann.may(Permission::AdminWrite) && !ann.may(Permission::MetricsRead));

    let double = NewUser { org: OrgId::DEFAULT, name: "vic".to_owned(), role: Role::Viewer, tenants: None };
    assert_eq!(f.meta.users().create(double.clone()).await.unwrap_err().kind(), Kind::Conflict);
    let limited = NewUser { name: "x".to_owned(), role: Role::Admin, tenants: Some(set(&["t-1"])), ..double };
    assert_eq!(f.meta.users().create(limited).await.unwrap_err().kind(), Kind::Invalid);
    assert_eq!(f.meta.users().by_name(OrgId::PLATFORM, "vic").await.unwrap_err().kind(), Kind::NotFound);
}

#[tokio::test]
async fn tenants_belong_to_one_org() {
    let f = fixture().await;
    let tenants = f.meta.tenants();
    tenants.create(OrgId::DEFAULT, &tenant("t-1"), "One", "premium").await.unwrap();
    let again = tenants.create(OrgId::DEFAULT, &tenant("t-1"), "One", "").await.unwrap_err();
    assert_eq!(again.to_string(), "tenant `t-1` exists already; choose another name");
    assert!(tenants.create(OrgId::PLATFORM, &tenant("t-1"), "Other", "").await.is_ok());
    assert_eq!(tenants.remove(OrgId::DEFAULT, &tenant("t-2")).await.unwrap_err().kind(), Kind::NotFound);
    tenants.remove(OrgId::DEFAULT, &tenant("t-1")).await.unwrap();
    assert!(tenants.list(OrgId::DEFAULT).await.unwrap().is_empty());
    assert_eq!(tenants.list(OrgId::PLATFORM).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_writer_number_is_given_to_one_server_at_a_time_and_not_soon_again() {
    let f = fixture().await;
    let other = open(&f.path, &f.clock, &f.scope).await;
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        assert!(seen.insert(f.meta.lease_writer().await.unwrap()));
        assert!(seen.insert(other.lease_writer().await.unwrap()));
    }
    f.clock.advance(Duration::from_secs(24 * 3600));
    assert!(seen.insert(f.meta.lease_writer().await.unwrap()));
    assert!(!seen.contains(&0));
}

#[tokio::test]
async fn no_secret_is_stored() {
    let f = fixture().await;
    let (_, key) = make_key(&f.meta, new_key(&[Permission::QueryRead])).await;
    let user = make_user(&f.meta, "ada", Role::Owner, None).await;
    let login = f.meta.one_time_login(&user).await.unwrap();
    let session = f.meta.sessions().log_in(login.expose(), None).await.unwrap();
    let Credential::Key(key) = key else { unreachable!() };
    let secrets = [key.split('_').nth(3).unwrap(), login.expose(), session.token.expose()];
    f.meta.close().await;
    for suffix in ["", "-wal"] {
        let bytes = std::fs::read(format!("{}{suffix}", f.path)).unwrap_or_default();
        for secret in secrets {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{suffix}");
        }
    }
}

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone() {
    let f = fixture().await;
    if !is_file(&f) {
        return;
    }
    f.meta.close().await;
    sqlx::any::install_default_drivers();
    let escaped = f.path.replace('#', "%23").replace('?', "%3F");
    let pool = sqlx::AnyPool::connect(&format!("sqlite://{escaped}")).await.unwrap();
    let later = "INSERT INTO migrations (version, digest, applied_at) VALUES (99, '', 0)";
    sqlx::query(later).execute(&pool).await.unwrap();
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&f.clock);
    let error = Meta::open(&f.path, clock, &f.scope).await.unwrap_err();
    assert!(error.to_string().contains("version 99"), "{error}");
}

#[tokio::test]
async fn an_address_that_is_not_understood_is_refused_without_repeating_its_password() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(START));
    let error = Meta::open("mysql://root:hunter2@db/x", clock, &Scope::new()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn closing_the_scope_ends_the_refresh() {
    let f = fixture().await;
    f.meta.lease_writer().await.unwrap();
    f.scope.close(Duration::from_mins(1)).await.unwrap();
}
