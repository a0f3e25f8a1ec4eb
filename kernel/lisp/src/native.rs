//! Functions written in Rust, as the VM calls them.
//!
//! A native is a plain function from arguments to a value. It never calls back into the VM: what it needs
//! (a lazy sequence realised, a function called, the fiber parked) it says by returning a [`Signal`].
//!
//! Invariant: a native that returns `Force`, `ForceAll`, `Park` or `Fork` is called again with the same arguments, so
//! it has no effect before it returns one of these.

use crate::runtime::Runtime;
use halt_heap::{OutOfMemory, Scope, Value};

/// One call of a native.
#[non_exhaustive]
pub struct Call<'a, 's> {
    /// The scope of the running slice.
    pub s: Scope<'s>,
    /// The arguments; their count is within the native's arity.
    pub args: &'a [Value<'s>],
    /// The runtime: vars, namespaces, natives.
    pub runtime: &'a Runtime,
    /// What `Fiber::run` was given: the context of the process.
    pub host: &'a dyn core::any::Any,
    /// The dynamic bindings in force: a map from qualified symbol to value, or nil.
    pub bindings: Value<'s>,
    /// The name of the current namespace, a symbol.
    pub namespace: Value<'s>,
    /// The native that is called (for error messages).
    pub native: &'static Native,
}

/// A function written in Rust.
pub type NativeFn = for<'a, 's> fn(&Call<'a, 's>) -> Result<Value<'s>, Signal<'s>>;

/// Why a native did not simply return a value.
#[derive(Clone, Copy)]
pub enum Signal<'s> {
    /// Throw this error value.
    Throw(Value<'s>),
    /// Park the fiber; the call is executed again when it is resumed.
    Park,
    /// End the slice so that the host can fork the fiber; the call is executed again in both.
    Fork,
    /// The result is this value, but end the slice now.
    Yield(Value<'s>),
    /// The arena or the quota is exhausted.
    OutOfMemory,
    /// Realise this lazy sequence (its head only) or delay, or each of a list of these, then execute the call again.
    Force(Value<'s>),
    /// Realise this lazy sequence to its end, or each of a list of these, then execute the call again.
    ForceAll(Value<'s>),
    /// The result is that of calling this function with the elements of this vector or list: a tail call.
    Apply(Value<'s>, Value<'s>),
    /// The result is that of evaluating this form in the current namespace.
    Eval(Value<'s>),
    /// The result is this form after one step of macro expansion, or after all that its head takes.
    Expand(Value<'s>, bool),
    /// Load the namespace of this name (a symbol) from the library's sources, then execute the call again.
    Load(Value<'s>),
    /// The native needs the order of a sorted collection that a function of the program has: the result is that of
    /// calling the core's function named like the native, with `-by*` behind, with the same arguments.
    Ordered,
    /// Go on with this namespace (a symbol) as the current one; the result is nil.
    SetNamespace(Value<'s>),
    /// Go on with these dynamic bindings; the result is nil.
    SetBindings(Value<'s>),
}

impl From<OutOfMemory> for Signal<'_> {
    fn from(_: OutOfMemory) -> Self {
        Signal::OutOfMemory
    }
}

/// What the runtime knows of a function written in Rust.
pub struct Native {
    /// `"ns/name"`, or a plain name for one of `clojure.core`.
    pub name: &'static str,
    /// Least and greatest count of arguments; `None` for any number.
    pub arity: (u8, Option<u8>),
    /// The doc string.
    pub doc: &'static str,
    /// The function.
    pub function: NativeFn,
}

impl<'s> Call<'_, 's> {
    /// The argument at an index, or nil past the end.
    #[inline]
    pub fn arg(&self, index: usize) -> Value<'s> {
        self.args.get(index).copied().unwrap_or(Value::NIL)
    }

    /// The value of a dynamic var: its binding in force, else its root value.
    pub fn dynamic(&self, symbol: &str) -> Option<Value<'s>> {
        let name = self.s.symbol(symbol);
        if !self.bindings.is_nil()
            && let Some(value) = self.s.map_get(self.bindings, name)
        {
            return Some(value);
        }
        self.runtime.var_value(self.s, symbol)
    }

    /// Throws an error of a type (`"type"` for a wrong argument, ...) with a message.
    #[cold]
    pub fn throw<T>(&self, kind: &str, message: &str) -> Result<T, Signal<'s>> {
        Err(crate::errors::throw(self.s, kind, message))
    }

    /// Throws the error for an argument that is not of the kind the native wants. `index` counts from 0.
    #[cold]
    pub fn wrong_argument<T>(&self, index: usize, wanted: &str) -> Result<T, Signal<'s>> {
        let shown =
            crate::printer::print_limited(self.s, self.arg(index), true, crate::printer::PrintLimits::SHORT);
        let ordinal = match index {
            0 => "first",
            1 => "second",
            2 => "third",
            _ => "later",
        };
        let name = self.native.name;
        self.throw("type", &alloc::format!("{name} wants {wanted} as its {ordinal} argument, got {shown}"))
    }
}
