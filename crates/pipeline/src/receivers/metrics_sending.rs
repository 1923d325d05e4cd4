//! The way of metrics that the server has read itself: nobody sends a reading again, so what is refused is missing.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message as _;
use sightline_model::{IngestScope, Signal};

use super::metrics_message::Request;
use crate::door::{Door, Format, Receipt, Refusal};

/// Puts a reading through the door under a name of its own; the door has counted what it refuses.
pub(super) async fn send(
    door: &Arc<Door>,
    owner: IngestScope,
    name: String,
    request: &Request,
) -> Result<Receipt, Refusal> {
    let body = Bytes::from(request.encode_to_vec());
    door.take_once(owner, Signal::Metrics, Format::Protobuf, name, body).await
}
