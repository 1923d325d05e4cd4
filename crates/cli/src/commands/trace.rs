//! `sightline trace ID`

use sightline_client::encoded;

use crate::exit::Failure;
use crate::output::{self, Format};
use crate::session::Session;
use crate::waterfall;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline trace 4951dac9073a8889d4507e6436345e2f\n  sightline trace 4951dac9073a8889d4507e6436345e2f -o json"
)]
pub struct Args {
    /// 32 hex digits.
    trace: String,
    /// Columns of the picture; the width of the terminal when left out.
    #[arg(long)]
    width: Option<usize>,
}

/// Width when the terminal does not tell (a pipe).
const WIDTH: usize = 120;

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let frame = session.client()?.frame(&format!("/traces/{}", encoded(&args.trace)), &[]).await?;
    let format = session.global.output.unwrap_or(Format::Table);
    if !format.is_table() {
        return output::frame(&frame, format);
    }
    let columns = session.variable("COLUMNS").and_then(|c| c.parse().ok());
    let width = args.width.or(columns).or_else(terminal_width).unwrap_or(WIDTH);
    output::write(waterfall::draw(&frame.body, width, session.has_colour()).as_bytes())
}

fn terminal_width() -> Option<usize> {
    let mut table = comfy_table::Table::new();
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table.width().map(usize::from)
}
