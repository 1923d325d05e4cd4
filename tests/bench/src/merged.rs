//! What rows weigh on disk after everything is merged: opens the data folder of a server that has ended.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use sightline_runtime::{Scope, SystemClock, config};

use crate::Error;
use crate::store::{Failure, Store};

/// Rows and bytes of a table, every partition merged to one part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weight {
    pub(crate) table: &'static str,
    pub(crate) rows: f64,
    pub(crate) bytes: f64,
}

impl Weight {
    pub(crate) fn text(&self) -> String {
        let Self { table, rows, bytes } = self;
        format!("{table:<16} {rows:>12.0} rows {:>9.1} MB {:>8.2} bytes a row", bytes / 1e6, bytes / rows)
    }

    pub(crate) fn json(&self) -> Value {
        json!({"table": self.table, "rows": self.rows, "bytes": self.bytes, "bytes_per_row": self.bytes / self.rows})
    }
}

/// Merges tables and weighs them.
pub(crate) fn weigh(data: &Path, tables: &'static [&'static str]) -> Result<Vec<Weight>, Error> {
    let runtime = tokio::runtime::Runtime::new().map_err(Error::io("runtime"))?;
    let weighed = runtime.block_on(weigh_all(data, tables));
    weighed.map_err(|error| Error::Refused(format!("the engine cannot weigh `{}`: {error}", data.display())))
}

async fn weigh_all(data: &Path, tables: &'static [&'static str]) -> Result<Vec<Weight>, Failure> {
    let scope = Scope::new();
    let library = config::environment().into_iter().find(|(name, _)| name == "SIGHTLINE_ENGINE_LIB");
    let library = library.map(|(_, path)| path);
    let store = Store::start(library.as_deref().map(Path::new), data, &scope, Arc::new(SystemClock)).await?;
    let mut weights = Vec::new();
    for &table in tables {
        store
            .run(&format!("OPTIMIZE TABLE sightline.{table} FINAL SETTINGS optimize_throw_if_noop = 0"))
            .await?;
        let sql = format!(
            "SELECT concat(toString(sum(rows)), ' ', toString(sum(bytes_on_disk))) FROM system.parts \
             WHERE database = 'sightline' AND table = '{table}' AND active"
        );
        let answer = store.ask(&sql).await?;
        let (rows, bytes) = answer.split_once(' ').ok_or("rows and bytes")?;
        weights.push(Weight { table, rows: rows.parse()?, bytes: bytes.parse()? });
    }
    store.stop().await;
    scope.close(std::time::Duration::from_secs(20)).await?;
    Ok(weights)
}
