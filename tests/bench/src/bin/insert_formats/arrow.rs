//! A batch of spans as an Arrow IPC stream: the same columns and dictionaries that our Native block has.

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int64Type, TimestampNanosecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, FixedSizeBinaryArray, ListArray, MapArray,
    PrimitiveArray, RecordBatch, StructArray, UInt32Array,
};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Fields, Schema};
use sightline_otlp::SpanBatch;
use sightline_otlp::columns::{Dict, DictColumn, MapColumn, NumMapColumn, StrColumn, TypeMapColumn};

/// The columns of the insert, by name.
pub(crate) const COLUMNS: &str = "org, ret, _batch, ts, duration_ns, trace_id, span_id, parent_span_id, tenant, service, \
    name, kind, req_class, dep_type, status, status_message, flags, http_status, endpoint, trace_state, http_method, \
    http_route, db_system, msg_system, rpc_system, peer_service, environment, service_namespace, service_version, \
    exception_type, is_error, is_root, adjusted_count, attrs, num_attrs, attr_types, resource_id, scope, dropped, \
    `ev.ts`, `ev.name`, `ev.attrs`, `ln.trace_id`, `ln.span_id`, `ln.attrs`";

/// Writes the batch as one record batch, with the columns of an insert.
pub(crate) fn stream(batch: &SpanBatch, ret: u16, id: u64) -> Result<Vec<u8>, ArrowError> {
    let rows = batch.len();
    let mut columns = Columns::default();
    columns.numbers::<UInt32Type>("org", &batch.org);
    columns.add("ret", Arc::new(PrimitiveArray::<UInt16Type>::from_value(ret, rows)));
    columns.add("_batch", Arc::new(PrimitiveArray::<UInt64Type>::from_value(id, rows)));
    identity(&mut columns, batch)?;
    meaning(&mut columns, batch)?;
    attributes(&mut columns, batch)?;
    events_and_links(&mut columns, batch)?;
    let schema = Arc::new(Schema::new(columns.fields));
    let record = RecordBatch::try_new(Arc::clone(&schema), columns.arrays)?;
    let mut writer = StreamWriter::try_new(Vec::with_capacity(rows * 512), &schema)?;
    writer.write(&record)?;
    writer.into_inner()
}

fn identity(out: &mut Columns, batch: &SpanBatch) -> Result<(), ArrowError> {
    out.add("ts", Arc::new(times(&batch.ts)));
    out.numbers::<UInt64Type>("duration_ns", &batch.duration_ns);
    out.add("trace_id", fixed(&batch.trace_id)?);
    out.add("span_id", fixed(&batch.span_id)?);
    out.add("parent_span_id", fixed(&batch.parent_span_id)?);
    out.add("tenant", dictionary(&batch.tenant)?);
    out.add("service", dictionary(&batch.service)?);
    out.add("name", dictionary(&batch.name)?);
    out.numbers::<UInt8Type>("kind", &batch.kind);
    Ok(())
}

fn meaning(out: &mut Columns, batch: &SpanBatch) -> Result<(), ArrowError> {
    out.numbers::<UInt8Type>("req_class", &batch.req_class);
    out.numbers::<UInt8Type>("dep_type", &batch.dep_type);
    out.numbers::<UInt8Type>("status", &batch.status);
    out.add("status_message", Arc::new(texts(&batch.status_message)));
    out.numbers::<UInt32Type>("flags", &batch.flags);
    out.numbers::<UInt16Type>("http_status", &batch.http_status);
    for (name, column) in [
        ("endpoint", &batch.endpoint),
        ("trace_state", &batch.trace_state),
        ("http_method", &batch.http_method),
        ("http_route", &batch.http_route),
        ("db_system", &batch.db_system),
        ("msg_system", &batch.msg_system),
        ("rpc_system", &batch.rpc_system),
        ("peer_service", &batch.peer_service),
        ("environment", &batch.environment),
        ("service_namespace", &batch.service_namespace),
        ("service_version", &batch.service_version),
        ("exception_type", &batch.exception_type),
    ] {
        out.add(name, dictionary(column)?);
    }
    out.add("is_error", Arc::new(BooleanArray::from(batch.is_error.clone())));
    out.add("is_root", Arc::new(BooleanArray::from(batch.is_root.clone())));
    out.numbers::<Float32Type>("adjusted_count", &batch.adjusted_count);
    Ok(())
}

fn attributes(out: &mut Columns, batch: &SpanBatch) -> Result<(), ArrowError> {
    out.add("attrs", Arc::new(text_map(&batch.attrs)?));
    let NumMapColumn { ends, keys, values } = &batch.num_attrs;
    out.add("num_attrs", Arc::new(map(ends, keys, Arc::new(primitive::<Float64Type>(values)))?));
    let TypeMapColumn { ends, keys, values } = &batch.attr_types;
    out.add("attr_types", Arc::new(map(ends, keys, Arc::new(primitive::<UInt8Type>(values)))?));
    out.numbers::<UInt64Type>("resource_id", &batch.resource_id);
    out.add("scope", dictionary(&batch.scope)?);
    out.numbers::<UInt32Type>("dropped", &batch.dropped);
    Ok(())
}

fn events_and_links(out: &mut Columns, batch: &SpanBatch) -> Result<(), ArrowError> {
    out.add("ev.ts", list(&batch.ev_ends, Arc::new(times(&batch.ev_ts)))?);
    out.add("ev.name", list(&batch.ev_ends, dictionary(&batch.ev_name)?)?);
    out.add("ev.attrs", list(&batch.ev_ends, Arc::new(text_map(&batch.ev_attrs)?))?);
    out.add("ln.trace_id", list(&batch.ln_ends, fixed(&batch.ln_trace_id)?)?);
    out.add("ln.span_id", list(&batch.ln_ends, fixed(&batch.ln_span_id)?)?);
    out.add("ln.attrs", list(&batch.ln_ends, Arc::new(text_map(&batch.ln_attrs)?))?);
    Ok(())
}

#[derive(Default)]
struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn add(&mut self, name: &str, array: ArrayRef) {
        self.fields.push(Field::new(name, array.data_type().clone(), false));
        self.arrays.push(array);
    }

    fn numbers<T: ArrowPrimitiveType>(&mut self, name: &str, values: &[T::Native]) {
        self.add(name, Arc::new(primitive::<T>(values)));
    }
}

fn primitive<T: ArrowPrimitiveType>(values: &[T::Native]) -> PrimitiveArray<T> {
    PrimitiveArray::new(ScalarBuffer::from(values.to_vec()), None)
}

fn times(values: &[<Int64Type as ArrowPrimitiveType>::Native]) -> PrimitiveArray<TimestampNanosecondType> {
    primitive::<TimestampNanosecondType>(values).with_timezone("UTC")
}

fn fixed<const N: usize>(values: &[[u8; N]]) -> Result<ArrayRef, ArrowError> {
    let width = i32::try_from(N).map_err(|_| too_long())?;
    let bytes = Buffer::from_slice_ref(values.as_flattened());
    Ok(Arc::new(FixedSizeBinaryArray::try_new(width, bytes, None)?))
}

/// Binary rather than text: what comes from outside was checked at the door, and would be checked again here.
fn texts(column: &StrColumn) -> BinaryArray {
    let offsets = offsets(&column.ends).expect("a batch has far fewer than 2 GiB");
    BinaryArray::new(offsets, Buffer::from_slice_ref(&column.bytes), None)
}

fn words(dict: &Dict) -> BinaryArray {
    BinaryArray::from_iter_values(dict.iter())
}

fn dictionary(column: &DictColumn) -> Result<ArrayRef, ArrowError> {
    let keys = UInt32Array::new(ScalarBuffer::from(column.index.clone()), None);
    Ok(Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, Arc::new(words(&column.dict)))?))
}

fn text_map(column: &MapColumn) -> Result<MapArray, ArrowError> {
    map(&column.ends, &column.keys, Arc::new(texts(&column.values)))
}

fn map(ends: &[u64], keys: &DictColumn, values: ArrayRef) -> Result<MapArray, ArrowError> {
    let keys = dictionary(keys)?;
    let fields = Fields::from(vec![
        Field::new("key", keys.data_type().clone(), false),
        Field::new("value", values.data_type().clone(), false),
    ]);
    let entries = StructArray::try_new(fields, vec![keys, values], None)?;
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    MapArray::try_new(field, offsets(ends)?, entries, None, false)
}

fn list(ends: &[u64], values: ArrayRef) -> Result<ArrayRef, ArrowError> {
    let field = Arc::new(Field::new("item", values.data_type().clone(), false));
    Ok(Arc::new(ListArray::try_new(field, offsets(ends)?, values, None)?))
}

fn offsets(ends: &[u64]) -> Result<OffsetBuffer<i32>, ArrowError> {
    let signed = |end: &u64| i32::try_from(*end).map_err(|_| too_long());
    let all: Result<Vec<i32>, ArrowError> = std::iter::once(Ok(0)).chain(ends.iter().map(signed)).collect();
    Ok(OffsetBuffer::new(ScalarBuffer::from(all?)))
}

fn too_long() -> ArrowError {
    ArrowError::InvalidArgumentError("a column is longer than 2 GiB".to_owned())
}
