//! What names mean, and that it changes: whatever makes a name mean something else to code that is compiled goes through here.
//!
//! What is compiled depends on the names in it: which var each is, whether that is a macro or dynamic, what its macros expand to.
//! `again.rs` asks whether all of that is as it was, and would have to look every name up. Instead it is counted how often it changed: for
//! all namespaces ([`Meanings`]) and for each alone.
//!
//! Not counted is what nothing compiled can know of: a name that is new and means nothing elsewhere, and what becomes of a var without a value.

use crate::runtime::{CORE, Runtime, namespace_parts, var_atom};
use crate::{analyser, macros, natives, tags};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// How often names came to mean something else, in any namespace.
#[derive(Default)]
pub(crate) struct Meanings {
    count: AtomicU64,
    /// Whether a function or value of the library is another one now, so that its macros may expand to something else.
    is_library_changed: AtomicBool,
    /// Whether a program holds the atom of a namespace's names, so that they may mean something else without being counted.
    is_open: AtomicBool,
}

impl Meanings {
    /// As an image was made with.
    pub(crate) fn counted(count: u64) -> Meanings {
        Meanings { count: AtomicU64::new(count), ..Meanings::default() }
    }

    /// How often it was.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Notes that some name means something else from now on.
    pub(crate) fn note(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    fn note_library(&self) {
        self.is_library_changed.store(true, Ordering::Release);
    }

    /// Whether the library's macros expand as they always did.
    pub(crate) fn is_library_whole(&self) -> bool {
        !self.is_library_changed.load(Ordering::Acquire)
    }

    /// Notes that a program got the atom of a namespace's names.
    pub(crate) fn note_open(&self) {
        self.is_open.store(true, Ordering::Release);
    }

    /// Whether names may mean something else without being counted.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }
}

impl Runtime {
    /// Whether a name means something where its namespace says nothing of it.
    pub(crate) fn is_of_core<'s>(&self, s: Scope<'s>, name: Value<'s>) -> bool {
        let core = self.find_namespace(s, s.symbol(CORE));
        core.is_some_and(|core| self.lookup(s, core, name).is_some())
            || s.name(name).is_some_and(|name| macros::is_known(name) || analyser::is_special(name))
    }

    /// Maps a name of a namespace to a var of another one.
    pub(crate) fn refer<'s>(
        &self,
        s: Scope<'s>,
        namespace: Value<'s>,
        name: Value<'s>,
        var: Value<'s>,
    ) -> Result<(), OutOfMemory> {
        self.set_name(s, namespace, namespace_parts(s, namespace)[1], name, var)
    }

    /// Makes an alias in a namespace for the one of a name.
    pub(crate) fn set_alias<'s>(
        &self,
        s: Scope<'s>,
        namespace: Value<'s>,
        alias: Value<'s>,
        name: Value<'s>,
    ) -> Result<(), OutOfMemory> {
        self.set_name(s, namespace, namespace_parts(s, namespace)[2], alias, name)
    }

    fn set_name<'s>(
        &self,
        s: Scope<'s>,
        namespace: Value<'s>,
        names: Value<'s>,
        name: Value<'s>,
        meaning: Value<'s>,
    ) -> Result<(), OutOfMemory> {
        if s.map_get(s.atom_load(names), name).is_some_and(|known| known.is_identical(meaning)) {
            return Ok(());
        }
        s.atom_swap(names, |all| s.map_assoc(all, name, meaning))?;
        self.note_meaning_in(s, namespace)
    }

    /// Sets the root value of a var.
    pub(crate) fn set_root<'s>(
        &self,
        s: Scope<'s>,
        var: Value<'s>,
        value: Value<'s>,
    ) -> Result<(), OutOfMemory> {
        let old = s.atom_load(var_atom(s, var));
        s.atom_store(var_atom(s, var), value)?;
        let is_function = matches!(
            s.record_tag(old),
            Some(tags::FUNCTION | tags::NATIVE | tags::META_FUNCTION | tags::MULTIMETHOD)
        );
        // What a REPL got last may be a function: `*1`.
        let is_starred = |name: &str| name.starts_with('*') && name != "*" && name != "*'";
        if is_function && core_name(s, var).is_some_and(|name| !is_starred(name)) {
            self.meanings.note_library();
        }
        Ok(())
    }

    /// Sets the root value of a var, unless it is unbound, and its metadata, unless it is nil, as a definition does.
    pub(crate) fn define<'s>(
        &self,
        s: Scope<'s>,
        var: Value<'s>,
        value: Value<'s>,
        meta: Value<'s>,
    ) -> Result<(), OutOfMemory> {
        let atom = var_atom(s, var);
        let (old, old_meta) = (s.atom_load(atom), s.atom_info(atom));
        if !value.is_identical(Value::UNBOUND) {
            s.atom_store(atom, value)?;
        }
        if !meta.is_nil() {
            s.atom_set_info(atom, meta)?;
        }
        // What is compiled knows nothing of a var that has no value yet: see `again.rs`.
        if old.is_identical(Value::UNBOUND) {
            return Ok(());
        }
        if core_name(s, var).is_some() && !value.is_identical(Value::UNBOUND) {
            let from_library = |meta| {
                let file = get(s, meta, "file").and_then(|file| s.as_str(file));
                file.map(natives::is_library)
            };
            let was_library = from_library(old_meta) == Some(true) || s.record_tag(old) == Some(tags::NATIVE);
            if was_library && from_library(meta) != Some(true) {
                self.meanings.note_library();
            }
        }
        if !meta.is_nil() {
            self.note_flags(s, old_meta, meta);
        }
        Ok(())
    }

    /// Sets the metadata of a var.
    pub(crate) fn set_info<'s>(
        &self,
        s: Scope<'s>,
        var: Value<'s>,
        meta: Value<'s>,
    ) -> Result<(), OutOfMemory> {
        let atom = var_atom(s, var);
        let old = s.atom_info(atom);
        s.atom_set_info(atom, meta)?;
        if !s.atom_load(atom).is_identical(Value::UNBOUND) {
            self.note_flags(s, old, meta);
        }
        Ok(())
    }

    /// Notes it when what the compiler asks of a var's metadata changes.
    fn note_flags<'s>(&self, s: Scope<'s>, old: Value<'s>, new: Value<'s>) {
        let flag = |meta, key| get(s, meta, key).is_some_and(Value::is_truthy);
        if ["macro", "dynamic"].iter().any(|key| flag(old, key) != flag(new, key)) {
            self.meanings.note();
        }
    }

    /// Notes that a name means something else in a namespace.
    pub(crate) fn note_meaning_in<'s>(&self, s: Scope<'s>, namespace: Value<'s>) -> Result<(), OutOfMemory> {
        let next = |count: Value<'s>| s.int(count.as_small_int().unwrap_or(0) + 1);
        s.atom_swap(s.record_values(namespace)[3], next).map(|_| ())
    }

    /// How often names came to mean something else: in any namespace, and in this one.
    pub(crate) fn meanings_in<'s>(&self, s: Scope<'s>, namespace: Value<'s>) -> [u64; 2] {
        let own = s.atom_load(s.record_values(namespace)[3]).as_small_int().unwrap_or(0);
        [self.meanings.count(), own as u64]
    }
}

/// What metadata says under a key.
fn get<'s>(s: Scope<'s>, meta: Value<'s>, key: &str) -> Option<Value<'s>> {
    if s.kind(meta) == Kind::Map { s.map_get(meta, s.keyword(key)) } else { None }
}

/// The short name of a var of the core.
fn core_name<'s>(s: Scope<'s>, var: Value<'s>) -> Option<&'s str> {
    s.name(s.record_values(var)[0])?.strip_prefix(CORE)?.strip_prefix('/')
}
