//! What a log record means: its time, ids, severity and line (vocabulary.md section 5), as plain functions.

mod head;
mod ids;
mod line;
mod template;
mod time;
mod told;

pub(crate) use head::Head;
pub use line::zoneless_time;
pub(crate) use line::{Line, LineLimits, Role, exception};
pub(crate) use template::template_id;
pub(crate) use time::choose;
pub use time::read_time;
pub(crate) use told::{Misfits, Repairs, Told};
