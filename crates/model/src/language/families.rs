//! The families of attributes: which old spellings are read as which canonical key (vocabulary page, section 2.2).

use super::fields::{Family, Member, Part, Side};

const fn old(name: &'static str) -> Member {
    Member { name, side: Side::Any, part: Part::Whole }
}

const fn server(name: &'static str) -> Member {
    Member { name, side: Side::Server, part: Part::Whole }
}

const fn client(name: &'static str) -> Member {
    Member { name, side: Side::Client, part: Part::Whole }
}

const fn part(name: &'static str, part: Part) -> Member {
    Member { name, side: Side::Any, part }
}

const fn family(canonical: &'static str, older: &'static [Member]) -> Family {
    Family { canonical, older, unit: None, renamed_values: &[] }
}

const fn bytes(canonical: &'static str, older: &'static [Member]) -> Family {
    Family { canonical, older, unit: Some("By"), renamed_values: &[] }
}

const fn renamed(
    canonical: &'static str,
    older: &'static [Member],
    renamed_values: &'static [(&'static str, &'static str)],
) -> Family {
    Family { canonical, older, unit: None, renamed_values }
}

const DB_SYSTEMS: &[(&str, &str)] = &[
    ("mssql", "microsoft.sql_server"),
    ("mssqlcompact", "microsoft.sql_server"),
    ("oracle", "oracle.db"),
    ("db2", "ibm.db2"),
    ("informix", "ibm.informix"),
    ("netezza", "ibm.netezza"),
    ("dynamodb", "aws.dynamodb"),
    ("redshift", "aws.redshift"),
    ("spanner", "gcp.spanner"),
    ("cosmosdb", "azure.cosmosdb"),
    ("h2", "h2database"),
    ("hanadb", "sap.hana"),
    ("maxdb", "sap.maxdb"),
    ("adabas", "softwareag.adabas"),
    ("intersystems_cache", "intersystems.cache"),
];

/// Every family, in the order of the reference.
pub const FAMILIES: &[Family] = &[
    family("http.request.method", &[old("http.method")]),
    family("http.response.status_code", &[old("http.status_code")]),
    family("http.route", &[]),
    family("url.full", &[old("http.url")]),
    family("url.path", &[part("http.target", Part::BeforeQuery)]),
    family("url.query", &[part("http.target", Part::AfterQuery)]),
    family("url.scheme", &[old("http.scheme")]),
    family(
        "server.address",
        &[
            server("net.host.name"),
            server("http.server_name"),
            client("net.peer.name"),
            part("http.host", Part::Host),
        ],
    ),
    family("server.port", &[server("net.host.port"), client("net.peer.port"), part("http.host", Part::Port)]),
    family(
        "client.address",
        &[
            old("http.client_ip"),
            server("net.peer.name"),
            server("net.sock.peer.addr"),
            server("net.peer.ip"),
        ],
    ),
    family("client.port", &[server("net.peer.port")]),
    family(
        "network.peer.address",
        &[server("net.sock.peer.addr"), client("net.sock.peer.addr"), client("net.peer.ip")],
    ),
    family("network.peer.port", &[old("net.sock.peer.port")]),
    family("network.local.address", &[old("net.sock.host.addr"), old("net.host.ip")]),
    family("network.local.port", &[old("net.sock.host.port")]),
    family("network.protocol.name", &[old("net.protocol.name")]),
    renamed(
        "network.protocol.version",
        &[old("net.protocol.version"), old("http.flavor")],
        &[("2.0", "2"), ("3.0", "3")],
    ),
    renamed("network.transport", &[old("net.transport")], &[("ip_tcp", "tcp"), ("ip_udp", "udp")]),
    family("user_agent.original", &[old("http.user_agent")]),
    bytes(
        "http.request.body.size",
        &[old("http.request_content_length_uncompressed"), old("http.request_content_length")],
    ),
    bytes(
        "http.response.body.size",
        &[old("http.response_content_length_uncompressed"), old("http.response_content_length")],
    ),
    renamed("db.system.name", &[old("db.system")], DB_SYSTEMS),
    family(
        "db.namespace",
        &[old("db.name"), old("db.redis.database_index"), old("db.elasticsearch.cluster.name")],
    ),
    family(
        "db.collection.name",
        &[
            old("db.sql.table"),
            old("db.mongodb.collection"),
            old("db.cassandra.table"),
            old("db.cosmosdb.container"),
        ],
    ),
    family("db.operation.name", &[old("db.operation")]),
    family("db.query.text", &[old("db.statement")]),
    family("db.response.status_code", &[old("db.cosmosdb.status_code")]),
    family("messaging.system", &[]),
    family("messaging.destination.name", &[old("messaging.destination")]),
    family(
        "messaging.destination.partition.id",
        &[old("messaging.kafka.destination.partition"), old("messaging.kafka.partition")],
    ),
    renamed(
        "messaging.operation.type",
        &[old("messaging.operation")],
        &[("publish", "send"), ("deliver", "process")],
    ),
    family(
        "messaging.consumer.group.name",
        &[
            old("messaging.kafka.consumer.group"),
            old("messaging.rocketmq.client_group"),
            old("messaging.eventhubs.consumer.group"),
        ],
    ),
    family("messaging.kafka.offset", &[old("messaging.kafka.message.offset")]),
    family("messaging.client.id", &[old("messaging.client_id")]),
    family("messaging.message.conversation_id", &[old("messaging.conversation_id")]),
    renamed(
        "rpc.system.name",
        &[old("rpc.system")],
        &[("apache_dubbo", "dubbo"), ("connect_rpc", "connectrpc")],
    ),
    family("rpc.method", &[]),
    renamed(
        "rpc.status_code",
        &[
            old("rpc.response.status_code"),
            old("rpc.grpc.status_code"),
            old("rpc.connect_rpc.error_code"),
            old("rpc.jsonrpc.error_code"),
        ],
        GRPC_CODES,
    ),
    family("service.peer.name", &[old("peer.service")]),
    family("error.type", &[]),
    family("user.id", &[old("user_id"), old("enduser.id")]),
    family("user.roles", &[old("enduser.role")]),
    family("code.function.name", &[]),
    family("code.file.path", &[old("code.filepath")]),
    family("code.line.number", &[old("code.lineno")]),
    family("code.column.number", &[old("code.column")]),
];

const GRPC_CODES: &[(&str, &str)] = &[
    ("0", "OK"),
    ("1", "CANCELLED"),
    ("2", "UNKNOWN"),
    ("3", "INVALID_ARGUMENT"),
    ("4", "DEADLINE_EXCEEDED"),
    ("5", "NOT_FOUND"),
    ("6", "ALREADY_EXISTS"),
    ("7", "PERMISSION_DENIED"),
    ("8", "RESOURCE_EXHAUSTED"),
    ("9", "FAILED_PRECONDITION"),
    ("10", "ABORTED"),
    ("11", "OUT_OF_RANGE"),
    ("12", "UNIMPLEMENTED"),
    ("13", "INTERNAL"),
    ("14", "UNAVAILABLE"),
    ("15", "DATA_LOSS"),
    ("16", "UNAUTHENTICATED"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_canonical_name_is_an_older_spelling_of_another_family() {
        for family in FAMILIES {
            let spelled: Vec<_> = FAMILIES
                .iter()
                .filter(|other| other.older.iter().any(|member| member.name == family.canonical))
                .map(|other| other.canonical)
                .collect();
            assert!(spelled.is_empty(), "{} is older in {spelled:?}", family.canonical);
        }
    }

    #[test]
    fn a_plain_rename_belongs_to_one_family() {
        let mut plain: Vec<_> = FAMILIES
            .iter()
            .flat_map(|family| family.older)
            .filter(|member| member.side == Side::Any && member.part == Part::Whole)
            .map(|member| member.name)
            .collect();
        let count = plain.len();
        plain.sort_unstable();
        plain.dedup();
        assert_eq!(plain.len(), count);
    }

    #[test]
    fn renamed_values_are_fixed_points() {
        for family in FAMILIES {
            for (old, new) in family.renamed_values {
                assert_eq!(family.canonical_value(new), *new, "{old} in {}", family.canonical);
            }
        }
    }
}
