//! The reference receivers: the service that `tonic` and `prost` generate, as anybody would write it in an afternoon.

use std::net::Ipv4Addr;
use std::sync::Mutex;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::columns::Columns;
use super::{tell_address, until_closed};
use crate::Error;

/// Bytes of a message, at most: what our door takes too.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// Rows after which columns start again: what our pipeline writes as one block.
const ROWS_MAX: usize = 200_000;

/// What is done with a decoded request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing.
    Drop,
    /// Its fields are pushed into columns.
    Columns,
}

/// Serves until standard input closes.
pub(super) async fn serve(then: Then) -> Result<(), Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Error::io("listen"))?;
    let address = listener.local_addr().map_err(Error::io("listen"))?;
    tell_address(address);
    let receiver = Receiver { then, columns: Mutex::default() };
    let service = TraceServiceServer::new(receiver).max_decoding_message_size(MESSAGE_BYTES_MAX);
    tonic::transport::Server::builder()
        .tcp_nodelay(true)
        .add_service(service)
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), until_closed())
        .await
        .map_err(|e| Error::Io { what: "tonic".to_owned(), cause: std::io::Error::other(e) })
}

struct Receiver {
    then: Then,
    columns: Mutex<Columns>,
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let request = request.into_inner();
        if self.then == Then::Columns {
            let mut columns = self.columns.lock().map_err(|_| Status::internal("a push panicked"))?;
            columns.push(&request);
            if columns.len() >= ROWS_MAX {
                columns.clear();
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
