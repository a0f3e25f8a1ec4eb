//! Where a program spends its time: samples of its stack, as values.
//!
//! Enter at [`Vm::sample`]. The natives `profile*` and `Fiber::profile` put an atom into the fiber's slot [`PROFILE`];
//! while one is there, every call and every turn of a loop looks at the clock (the system's `time-us`), and a
//! stack is added to the atom's map, with the microseconds since the look before, once a [`PERIOD_US`] has passed. Without a clock
//! each look counts one. `clj/rare.clj` makes a report of it.
//!
//! Between slices no time passes: a program that waits spends none.

use crate::bytecode;
use crate::native::{Call, Native, Signal};
use crate::tags;
use crate::vm::{BINDINGS, LinkParts, NAMESPACE, PROFILE, Vm};
use alloc::vec::Vec;
use halt_heap::Kind;

/// Least time between two samples: each takes a few microseconds itself.
const PERIOD_US: i64 = 200;
/// Calls of a stack that are noted, the innermost first.
const DEPTH_MAX: usize = 48;

impl<'s> Vm<'_, 's> {
    /// Whether samples are wanted.
    #[inline]
    pub(crate) fn is_profiled(&self) -> bool {
        !self.s.root_get(PROFILE).is_nil()
    }

    /// Notes where the program is, when it is time to.
    #[cold]
    pub(crate) fn sample(&mut self) -> Result<(), Signal<'s>> {
        if self.sampled_us == 0 {
            self.clock = self.find_clock();
            self.sampled_us = self.clock_us().unwrap_or(1);
            return Ok(());
        }
        let spent = match self.clock_us() {
            None => 1,
            Some(now) if now - self.sampled_us < PERIOD_US => return Ok(()),
            Some(now) => now - core::mem::replace(&mut self.sampled_us, now),
        };
        let s = self.s;
        let stack = self.stack()?;
        s.atom_swap(s.root_get(PROFILE), |samples| {
            // The program may have put anything there.
            let samples = if s.kind(samples) == Kind::Map { samples } else { s.empty_map()? };
            let known = s.map_get(samples, stack).and_then(|known| s.as_int(known)).unwrap_or(0);
            s.map_assoc(samples, stack, s.int(known + spent)?)
        })?;
        Ok(())
    }

    fn find_clock(&self) -> Option<&'static Native> {
        let s = self.s;
        match s.record_parts(self.runtime.var_value(s, "clojure.core/time-us")?)? {
            (tags::NATIVE, _, words) => Some(self.runtime.native(words[0] as usize)),
            _ => None,
        }
    }

    fn clock_us(&self) -> Option<i64> {
        let (s, native) = (self.s, self.clock?);
        let call = Call {
            s,
            args: &[],
            runtime: self.runtime,
            host: self.host,
            bindings: s.root_get(BINDINGS),
            namespace: s.root_get(NAMESPACE),
            native,
        };
        (native.function)(&call).ok().and_then(|now| s.as_int(now))
    }

    /// The calls that run, innermost first: a vector of vectors of name, file and line.
    fn stack(&self) -> Result<halt_heap::Value<'s>, Signal<'s>> {
        let s = self.s;
        let (mut base, mut pc, mut calls) = (self.base, self.pc, Vec::new());
        while base != 0 && calls.len() < DEPTH_MAX {
            let code = s.root_get(base - 2);
            let line = bytecode::find_line(s, code, pc).map_or(0, |(line, _)| line);
            if let [name, file, ..] = s.record_values(code) {
                let name = s.name(*name).unwrap_or("fn");
                calls.push(s.vector(&[s.string(name)?, *file, s.int(i64::from(line))?])?);
            }
            let parts = LinkParts::unpack(s.root_get(base - 1));
            base -= parts.delta;
            pc = parts.pc;
        }
        Ok(s.vector(&calls)?)
    }
}
