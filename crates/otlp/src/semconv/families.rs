//! The families of attribute keys, as data: vocabulary.md 1 and 2.2.

use super::Fact;

/// On which side of a call an older spelling has this meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// On both.
    Any,
    /// Span kinds SERVER and CONSUMER only.
    Server,
    /// All other span kinds only; an unknown kind counts as CLIENT.
    Client,
}

/// An older spelling of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Older {
    /// The key.
    pub key: &'static str,
    /// Where it means the same.
    pub side: Side,
}

/// Keys that mean the same: the canonical one, then older spellings, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// The newest OpenTelemetry name.
    pub canonical: &'static str,
    /// Older spellings, newest first.
    pub older: &'static [Older],
    /// True for resource attributes.
    pub is_resource: bool,
    /// The column of `spans` that holds its value.
    pub column: Option<&'static str>,
    /// What it tells the rules of this crate.
    pub fact: Option<Fact>,
}

/// Returns the family that a key of a span belongs to, by its canonical or an older spelling.
#[must_use]
pub fn family_of(key: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| {
        !family.is_resource && (family.canonical == key || family.older.iter().any(|older| older.key == key))
    })
}

const fn any(key: &'static str) -> Older {
    Older { key, side: Side::Any }
}

const fn server(key: &'static str) -> Older {
    Older { key, side: Side::Server }
}

const fn client(key: &'static str) -> Older {
    Older { key, side: Side::Client }
}

const fn family(canonical: &'static str, older: &'static [Older]) -> Family {
    Family { canonical, older, is_resource: false, column: None, fact: None }
}

impl Family {
    const fn column(mut self, column: &'static str) -> Self {
        self.column = Some(column);
        self
    }

    const fn fact(mut self, fact: Fact) -> Self {
        self.fact = Some(fact);
        self
    }

    const fn resource(mut self) -> Self {
        self.is_resource = true;
        self
    }
}

/// Every family of attribute keys.
pub const FAMILIES: &[Family] = &[
    // --- resource
    family("service.name", &[]).resource().column("service").fact(Fact::ServiceName),
    family("service.namespace", &[]).resource().column("service_namespace").fact(Fact::ServiceNamespace),
    family("service.version", &[]).resource().column("service_version").fact(Fact::ServiceVersion),
    family("deployment.environment.name", &[any("deployment.environment"), any("environment"), any("env")])
        .resource()
        .column("environment")
        .fact(Fact::Environment),
    family("host.name", &[any("host.id")]).resource(),
    family("container.runtime.name", &[any("container.runtime")]).resource(),
    // --- both a span and its resource may carry it
    family("tenant.id", &[any("tenant"), any("tenant_id"), any("dotmac.tenant.id")])
        .column("tenant")
        .fact(Fact::Tenant),
    // --- HTTP
    family("http.request.method", &[any("http.method")]).column("http_method").fact(Fact::HttpMethod),
    family("http.response.status_code", &[any("http.status_code")])
        .column("http_status")
        .fact(Fact::HttpStatus),
    family("http.route", &[]).column("http_route").fact(Fact::HttpRoute),
    family("url.template", &[]).fact(Fact::UrlTemplate),
    family("url.full", &[any("http.url")]).fact(Fact::UrlFull),
    family("url.scheme", &[any("http.scheme")]),
    family("url.path", &[any("http.target")]),
    family(
        "server.address",
        &[server("net.host.name"), server("http.server_name"), client("net.peer.name"), any("http.host")],
    )
    .fact(Fact::ServerAddress),
    family("server.port", &[server("net.host.port"), client("net.peer.port")]).fact(Fact::ServerPort),
    family("client.address", &[any("http.client_ip"), server("net.peer.name")]),
    family("client.port", &[server("net.peer.port")]),
    family("network.peer.address", &[any("net.sock.peer.addr"), client("net.peer.ip")]),
    family("network.peer.port", &[any("net.sock.peer.port")]),
    family("network.local.address", &[any("net.sock.host.addr"), any("net.host.ip")]),
    family("network.local.port", &[any("net.sock.host.port")]),
    family("network.protocol.name", &[any("net.protocol.name")]),
    family("network.protocol.version", &[any("net.protocol.version"), any("http.flavor")]),
    family("network.transport", &[any("net.transport")]),
    family("user_agent.original", &[any("http.user_agent")]),
    family(
        "http.request.body.size",
        &[any("http.request_content_length_uncompressed"), any("http.request_content_length")],
    ),
    family(
        "http.response.body.size",
        &[any("http.response_content_length_uncompressed"), any("http.response_content_length")],
    ),
    // --- databases
    family("db.system.name", &[any("db.system")]).column("db_system").fact(Fact::DbSystem),
    family(
        "db.namespace",
        &[any("db.name"), any("db.redis.database_index"), any("db.elasticsearch.cluster.name")],
    )
    .fact(Fact::DbNamespace),
    family(
        "db.collection.name",
        &[
            any("db.sql.table"),
            any("db.mongodb.collection"),
            any("db.cassandra.table"),
            any("db.cosmosdb.container"),
        ],
    )
    .fact(Fact::DbCollection),
    family("db.operation.name", &[any("db.operation")]).fact(Fact::DbOperation),
    family("db.query.text", &[any("db.statement")]).fact(Fact::DbQuery),
    family("db.response.status_code", &[any("db.cosmosdb.status_code")]),
    // --- messaging
    family("messaging.system", &[]).column("msg_system").fact(Fact::MsgSystem),
    family("messaging.destination.name", &[any("messaging.destination")]).fact(Fact::MsgDestination),
    family("messaging.destination.template", &[]).fact(Fact::MsgTemplate),
    family("messaging.destination.temporary", &[]).fact(Fact::MsgTemporary),
    family("messaging.destination.anonymous", &[]).fact(Fact::MsgAnonymous),
    family("messaging.operation.type", &[any("messaging.operation")]).fact(Fact::MsgOperation),
    family(
        "messaging.consumer.group.name",
        &[
            any("messaging.kafka.consumer.group"),
            any("messaging.rocketmq.client_group"),
            any("messaging.eventhubs.consumer.group"),
        ],
    ),
    family(
        "messaging.destination.partition.id",
        &[any("messaging.kafka.destination.partition"), any("messaging.kafka.partition")],
    ),
    family("messaging.kafka.offset", &[any("messaging.kafka.message.offset")]),
    family("messaging.client.id", &[any("messaging.client_id")]),
    family("messaging.message.conversation_id", &[any("messaging.conversation_id")]),
    // --- RPC
    family("rpc.system.name", &[any("rpc.system")]).column("rpc_system").fact(Fact::RpcSystem),
    family("rpc.method", &[]).fact(Fact::RpcMethod),
    family("rpc.service", &[]).fact(Fact::RpcService),
    family(
        "rpc.status_code",
        &[
            any("rpc.response.status_code"),
            any("rpc.grpc.status_code"),
            any("rpc.connect_rpc.error_code"),
            any("rpc.jsonrpc.error_code"),
        ],
    )
    .fact(Fact::RpcStatus),
    // --- others
    family("service.peer.name", &[any("peer.service")]).column("peer_service").fact(Fact::PeerService),
    family("user.id", &[any("user_id"), any("enduser.id")]),
    family("user.roles", &[any("enduser.role")]),
    family("code.file.path", &[any("code.filepath")]),
    family("code.line.number", &[any("code.lineno")]),
    family("code.column.number", &[any("code.column")]),
    family("dotmac.job.name", &[]).fact(Fact::JobName),
    family("dotmac.job.outcome", &[]).fact(Fact::JobOutcome),
    family("celery.task_name", &[]).fact(Fact::CeleryTask),
];
