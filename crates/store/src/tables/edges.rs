//! `sightline.edges_10s` and its rollup: who calls whom, in windows of ten seconds and of a minute.

pub(super) const COLUMNS: &str = "org, ret, _batch, ts, tenant, environment, client, server, edge_kind, system, n, \
    errors, sum_ns, max_ns, lat_idx, lat_n";

pub(super) const COLUMNS_1M: &str = "org, ret, level, window, row_version, tenant, environment, client, server, \
    edge_kind, system, n, errors, sum_ns, max_ns, lat_idx, lat_n";
