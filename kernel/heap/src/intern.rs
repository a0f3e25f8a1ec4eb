//! Names of keywords and symbols, interned for ever.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use spin::RwLock;

/// The table of names; an id is an index.
#[derive(Default)]
pub(crate) struct Names {
    table: RwLock<Table>,
}

#[derive(Default)]
struct Table {
    ids: BTreeMap<&'static str, u32>,
    names: Vec<&'static str>,
}

impl Names {
    /// Returns the id of a name, interning it if it is new. A name, once interned, stays for ever.
    pub(crate) fn id(&self, name: &str) -> u32 {
        if let Some(id) = self.table.read().ids.get(name) {
            return *id;
        }
        let mut table = self.table.write();
        if let Some(id) = table.ids.get(name) {
            return *id;
        }
        let id = table.names.len() as u32;
        let name: &'static str = Box::leak(Box::from(name));
        table.names.push(name);
        table.ids.insert(name, id);
        id
    }

    pub(crate) fn name(&self, id: u32) -> &'static str {
        self.table.read().names.get(id as usize).copied().unwrap_or("?")
    }
}
