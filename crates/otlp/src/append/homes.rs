//! The columns that every signal has, lent to what fills them for all of them.

use std::collections::HashMap;

use super::keys::Keys;
use crate::columns::{DictColumn, MapColumn, NumMapColumn, TypeMapColumn};
use crate::{LogBatch, ResourceRow, SpanBatch};

/// What a resource fills.
pub(super) struct Homes<'b> {
    pub(super) tenant: &'b DictColumn,
    pub(super) service: &'b mut DictColumn,
    pub(super) environment: &'b mut DictColumn,
    pub(super) namespace: &'b mut DictColumn,
    pub(super) version: &'b mut DictColumn,
    pub(super) resources: &'b mut Vec<ResourceRow>,
    /// Row of each resource, by org and id.
    pub(super) known: &'b mut HashMap<(u32, u64), usize>,
}

/// What attributes fill.
pub(super) struct Maps<'b> {
    pub(super) attrs: &'b mut MapColumn,
    pub(super) num_attrs: &'b mut NumMapColumn,
    pub(super) attr_types: &'b mut TypeMapColumn,
    pub(super) keys: &'b mut Keys,
}

macro_rules! lend {
    ($batch:ident) => {
        impl $batch {
            pub(super) fn homes(&mut self) -> Homes<'_> {
                Homes {
                    tenant: &self.tenant,
                    service: &mut self.service,
                    environment: &mut self.environment,
                    namespace: &mut self.service_namespace,
                    version: &mut self.service_version,
                    resources: &mut self.resources,
                    known: &mut self.work.resources,
                }
            }

            pub(super) fn maps(&mut self) -> Maps<'_> {
                Maps {
                    attrs: &mut self.attrs,
                    num_attrs: &mut self.num_attrs,
                    attr_types: &mut self.attr_types,
                    keys: &mut self.work.keys,
                }
            }
        }
    };
}

lend!(SpanBatch);
lend!(LogBatch);
