//! `sightline.edges_1m`: who calls whom, in windows of a minute; [`crate::rollup_edges`] writes it.

pub(crate) const COLUMNS: &str = "org, ret, level, window, row_version, tenant, environment, client, server, \
    edge_kind, system, n, errors, sum_ns, max_ns, lat_idx, lat_n";
