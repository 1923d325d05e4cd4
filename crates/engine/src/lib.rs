//! Hosts ClickHouse from libchdb in a child process and supervises it.
