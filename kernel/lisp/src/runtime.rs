//! The runtime: what all fibers share. Natives, namespaces and their vars.
//!
//! Enter at [`Runtime::new`], or where the library's image is at hand at [`Runtime::from_image`].
//! A namespace is a record that holds an atom of symbol -> var; a var is a record that holds an atom, so a redefinition
//! is one store that every caller sees at its next call.
//!
//! Invariant: everything shared lies in the heap behind [`Published`]; the rest never changes after `new`.

use crate::fiber::{Fiber, Outcome};
use crate::meanings::Meanings;
use crate::native::Native;
use crate::{errors, natives, seq, tags};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use halt_heap::{Heap, Image, OutOfMemory, Published, Scope, Value};

/// The namespace of the core library.
pub(crate) const CORE: &str = "clojure.core";

/// What all fibers share.
pub struct Runtime {
    heap: Heap,
    natives: Vec<&'static Native>,
    /// An atom: namespace name -> namespace.
    namespaces: Published,
    /// The error for exhausted memory, made while there is some.
    out_of_memory: Published,
    serial: AtomicU32,
    /// An atom: what sources made when they were loaded last, see `again.rs`.
    loaded: Published,
    pub(crate) meanings: Meanings,
    /// Namespaces of the host, loaded when they are required first: name, file name, text.
    sources: &'static [Source],
}

/// A namespace that is loaded when it is required first: its name, file name and text.
pub type Source = (&'static str, &'static str, &'static str);

impl Runtime {
    /// Makes a runtime over a heap: interns the library's natives and the given sets, loads the core library.
    pub fn new(heap: &Heap, native_sets: &[&'static [Native]]) -> Result<Arc<Runtime>, String> {
        Runtime::with_sources(heap, native_sets, &[])
    }

    /// As [`new`](Self::new), with namespaces beside the library's that programs may require.
    pub fn with_sources(
        heap: &Heap,
        native_sets: &[&'static [Native]],
        sources: &'static [Source],
    ) -> Result<Arc<Runtime>, String> {
        let made = heap.mutator().enter(|s| {
            let namespaces = s.publish(s.atom(s.empty_map()?)?)?;
            let error = errors::error(s, "out-of-memory", "out of memory")?;
            let loaded = s.publish(s.atom(s.empty_map()?)?)?;
            Ok::<_, OutOfMemory>((namespaces, s.publish(error)?, loaded))
        });
        let (namespaces, out_of_memory, loaded) = made.map_err(no_room)?;
        let serial = AtomicU32::new(1);
        let runtime = Runtime {
            heap: heap.clone(),
            natives: all(native_sets),
            namespaces,
            out_of_memory,
            serial,
            loaded,
            meanings: Meanings::default(),
            sources,
        };
        heap.mutator().enter(|s| runtime.intern_natives(s, 0)).map_err(no_room)?;
        let runtime = Arc::new(runtime);
        for (namespace, file, text) in natives::SOURCES.iter().filter(|source| source.0 == CORE) {
            runtime.load_source(namespace, file, text)?;
        }
        Ok(runtime)
    }

    /// As [`with_sources`](Self::with_sources), in a fraction of the time: the core library comes from the image of a runtime that had the
    /// first of these natives. The heap must not have been used.
    pub fn from_image(
        heap: &Heap,
        native_sets: &[&'static [Native]],
        sources: &'static [Source],
        image: Image,
    ) -> Result<Arc<Runtime>, String> {
        let natives = all(native_sets);
        heap.mutator().enter(|s| {
            let parts = s.place_image(image).map_err(|error| error.to_string())?;
            let [namespaces, out_of_memory, serial, names, loaded, meanings] =
                *s.record_values(s.open(&parts))
            else {
                return Err(String::from("this is the image of something else"));
            };
            let names = seq::to_vec(s, names).unwrap_or_default();
            let mut pairs = names.iter().zip(&natives);
            if names.len() > natives.len() || pairs.any(|(name, native)| s.name(*name) != Some(native.name)) {
                return Err(String::from("the image was made with other natives"));
            }
            let runtime = Runtime {
                heap: heap.clone(),
                natives,
                namespaces: s.publish(namespaces).map_err(no_room)?,
                out_of_memory: s.publish(out_of_memory).map_err(no_room)?,
                serial: AtomicU32::new(serial.as_small_int().unwrap_or(0) as u32),
                loaded: s.publish(loaded).map_err(no_room)?,
                meanings: Meanings::counted(meanings.as_small_int().unwrap_or(0) as u64),
                sources,
            };
            runtime.intern_natives(s, names.len()).map_err(no_room)?;
            Ok(Arc::new(runtime))
        })
    }

    /// The image of all that is defined, for [`from_image`](Self::from_image). No program may run meanwhile.
    pub fn image(&self) -> Result<Vec<u8>, String> {
        let parts = self.heap.mutator().enter(|s| {
            let names: Vec<_> = self.natives.iter().map(|native| s.symbol(native.name)).collect();
            let serial = s.int(self.serial.load(Ordering::Relaxed).into())?;
            let meanings = s.int(self.meanings.count() as i64)?;
            let (namespaces, error) = (s.open(&self.namespaces), s.open(&self.out_of_memory));
            // Whoever begins with the image does not know what became uncertain.
            let is_certain = self.meanings.is_library_whole() && !self.meanings.is_open();
            let loaded = if is_certain { self.loaded(s) } else { s.atom(s.empty_map()?)? };
            let parts = [namespaces, error, serial, s.vector(&names)?, loaded, meanings];
            s.publish(s.record(tags::IMAGE, &parts, &[])?)
        });
        self.heap.image_of(&parts.map_err(no_room)?).ok_or_else(|| "a program runs".to_string())
    }

    /// The source of a namespace that can be required.
    pub(crate) fn source(&self, namespace: &str) -> Option<Source> {
        natives::SOURCES.iter().chain(self.sources).find(|source| source.0 == namespace).copied()
    }

    /// Loads a source into a namespace, form by form.
    fn load_source(self: &Arc<Runtime>, namespace: &str, file: &str, text: &str) -> Result<(), String> {
        let mut fiber = Fiber::new(self);
        fiber.start_source(file, text, namespace);
        loop {
            match fiber.run(u32::MAX, &()) {
                Outcome::Yielded => {}
                Outcome::Done(_) => return Ok(()),
                Outcome::Parked | Outcome::Forking => {
                    return Err(format!("{file} waits while it is loaded"));
                }
                Outcome::Failed(error) => {
                    return Err(fiber.mutator().enter(|s| {
                        let error = s.open(&error);
                        format!("{}\n{}", errors::error_message(s, error), errors::error_trace(s, error))
                    }));
                }
            }
        }
    }

    /// The error for exhausted memory.
    pub(crate) fn out_of_memory<'s>(&self, s: Scope<'s>) -> Value<'s> {
        s.open(&self.out_of_memory)
    }

    /// The same, as it is reported.
    pub(crate) fn out_of_memory_handle(&self) -> Published {
        self.out_of_memory.clone()
    }

    /// The heap that the runtime lives on.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// A number that was never given before, for generated names.
    pub fn next_serial(&self) -> u32 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn native(&self, index: usize) -> &'static Native {
        self.natives[index]
    }

    /// Makes vars for the natives from an index on.
    fn intern_natives(&self, s: Scope<'_>, from: usize) -> Result<(), OutOfMemory> {
        for (index, native) in self.natives.iter().enumerate().skip(from) {
            let (namespace, name) =
                native.name.rsplit_once('/').filter(|(n, _)| !n.is_empty()).unwrap_or((CORE, native.name));
            let namespace = self.namespace(s, s.symbol(namespace))?;
            let var = self.intern(s, namespace, s.symbol(name))?;
            let symbol = s.symbol(native.name);
            let function = s.record(tags::NATIVE, &[symbol], &[index as u64])?;
            let atom = var_atom(s, var);
            s.atom_store(atom, function)?;
            let info = s.map_assoc(s.atom_info(atom), s.keyword("doc"), s.string(native.doc)?)?;
            s.atom_set_info(atom, info)?;
        }
        Ok(())
    }

    /// The namespace of a name, made when it is new.
    pub fn namespace<'s>(&self, s: Scope<'s>, name: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        if let Some(namespace) = self.find_namespace(s, name) {
            return Ok(namespace);
        }
        let (names, aliases, meanings) =
            (s.atom(s.empty_map()?)?, s.atom(s.empty_map()?)?, s.atom(s.int(0)?)?);
        let made = s.record(tags::NAMESPACE, &[name, names, aliases, meanings], &[])?;
        let all = s.atom_swap(s.open(&self.namespaces), |all| match s.map_get(all, name) {
            Some(_) => Ok(all),
            None => s.map_assoc(all, name, made),
        })?;
        Ok(s.map_get(all, name).unwrap_or(made))
    }

    /// Forgets the namespace of a name; the vars that others took from it stay. Returns it, or nil.
    pub(crate) fn remove_namespace<'s>(
        &self,
        s: Scope<'s>,
        name: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let found = self.find_namespace(s, name).unwrap_or(Value::NIL);
        s.atom_swap(s.open(&self.namespaces), |all| s.map_dissoc(all, name))?;
        self.meanings.note();
        Ok(found)
    }

    /// The namespace of a name, if there is one.
    pub fn find_namespace<'s>(&self, s: Scope<'s>, name: Value<'s>) -> Option<Value<'s>> {
        s.map_get(s.atom_load(s.open(&self.namespaces)), name)
    }

    /// All namespaces: a map from name to namespace.
    pub fn namespaces<'s>(&self, s: Scope<'s>) -> Value<'s> {
        s.atom_load(s.open(&self.namespaces))
    }

    /// The var of a name in a namespace, made unbound when it is new.
    pub fn intern<'s>(
        &self,
        s: Scope<'s>,
        namespace: Value<'s>,
        name: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let [namespace_name, mappings, _] = namespace_parts(s, namespace);
        let full =
            alloc::format!("{}/{}", s.name(namespace_name).unwrap_or("?"), s.name(name).unwrap_or("?"));
        let symbol = s.symbol(&full);
        let own = |var: Value<'s>| s.record_values(var).first().is_some_and(|v| v.is_identical(symbol));
        if let Some(var) = s.map_get(s.atom_load(mappings), name).filter(|var| own(*var)) {
            return Ok(var);
        }
        let atom = s.atom(Value::UNBOUND)?;
        let info = s.map(&[(s.keyword("ns"), namespace_name), (s.keyword("name"), name)])?;
        s.atom_set_info(atom, info)?;
        let made = s.record(tags::VAR, &[symbol, atom], &[])?;
        let is_taken = s.map_get(s.atom_load(mappings), name).is_some();
        let all = s.atom_swap(mappings, |all| match s.map_get(all, name).filter(|var| own(*var)) {
            Some(_) => Ok(all),
            None => s.map_assoc(all, name, made),
        })?;
        if is_taken {
            self.meanings.note();
        } else if self.is_of_core(s, name) {
            self.note_meaning_in(s, namespace)?;
        }
        Ok(s.map_get(all, name).unwrap_or(made))
    }

    /// The atom of what sources made when they were loaded last.
    pub(crate) fn loaded<'s>(&self, s: Scope<'s>) -> Value<'s> {
        s.open(&self.loaded)
    }

    /// The var that a symbol means in a namespace: its own or referred ones, those of the core, `alias/name`, `ns/name`.
    pub fn resolve<'s>(&self, s: Scope<'s>, namespace: Value<'s>, symbol: Value<'s>) -> Option<Value<'s>> {
        let name = s.name(symbol)?;
        if let Some((qualifier, name)) = split(name) {
            let target = self.resolve_alias(s, namespace, s.symbol(qualifier))?;
            return self.lookup(s, target, s.symbol(name));
        }
        if let Some(var) = self.lookup(s, namespace, symbol) {
            return Some(var);
        }
        self.lookup(s, self.find_namespace(s, s.symbol(CORE))?, symbol)
    }

    /// The file of the library, of those that are loaded when they are asked for, that defines a symbol of the core.
    pub(crate) fn later_source<'s>(
        &self,
        s: Scope<'s>,
        namespace: Value<'s>,
        symbol: Value<'s>,
    ) -> Option<&'static str> {
        let name = s.name(symbol)?;
        let Some((qualifier, name)) = split(name) else { return natives::later_source(name) };
        let target = self.resolve_alias(s, namespace, s.symbol(qualifier))?;
        let is_core = s.name(namespace_parts(s, target)[0]) == Some(CORE);
        if is_core { natives::later_source(name) } else { None }
    }

    /// The namespace that an alias or a full name means in a namespace.
    pub fn resolve_alias<'s>(
        &self,
        s: Scope<'s>,
        namespace: Value<'s>,
        alias: Value<'s>,
    ) -> Option<Value<'s>> {
        let [_, _, aliases] = namespace_parts(s, namespace);
        let name = s.map_get(s.atom_load(aliases), alias).unwrap_or(alias);
        self.find_namespace(s, name)
    }

    /// The var that a name is mapped to in a namespace itself.
    pub fn lookup<'s>(&self, s: Scope<'s>, namespace: Value<'s>, name: Value<'s>) -> Option<Value<'s>> {
        let [_, mappings, _] = namespace_parts(s, namespace);
        s.map_get(s.atom_load(mappings), name)
    }

    /// The root value of a var by its full name, if it is bound.
    pub fn var_value<'s>(&self, s: Scope<'s>, symbol: &str) -> Option<Value<'s>> {
        let (namespace, name) = split(symbol)?;
        let namespace = self.find_namespace(s, s.symbol(namespace))?;
        let var = self.lookup(s, namespace, s.symbol(name))?;
        let value = s.atom_load(var_atom(s, var));
        (!value.is_identical(Value::UNBOUND)).then_some(value)
    }
}

/// The natives of the library and these sets.
fn all(native_sets: &[&'static [Native]]) -> Vec<&'static Native> {
    natives::CORE.iter().chain(native_sets).flat_map(|set| set.iter()).collect()
}

fn no_room(_: OutOfMemory) -> String {
    String::from("out of memory at the start of the runtime")
}

/// Namespace and name of a qualified symbol's text; `/` alone is a name.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    match name.find('/') {
        Some(0) | None => None,
        Some(at) if at + 1 == name.len() => None,
        Some(at) => Some((&name[..at], &name[at + 1..])),
    }
}

/// The atom of a var.
pub fn var_atom<'s>(s: Scope<'s>, var: Value<'s>) -> Value<'s> {
    s.record_values(var)[1]
}

/// Name, atom of mappings and atom of aliases of a namespace.
pub fn namespace_parts<'s>(s: Scope<'s>, namespace: Value<'s>) -> [Value<'s>; 3] {
    match s.record_values(namespace) {
        [name, mappings, aliases, ..] => [*name, *mappings, *aliases],
        _ => panic!("not a namespace"),
    }
}
