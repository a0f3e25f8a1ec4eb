//! The machine and its figures: clock, randomness, log, power, workers.

use super::{Answer, context, int_arg, need_capability, need_privilege, str_arg};
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use halt_heap::Value;
use halt_lisp::{Call, Native};

pub(crate) const NATIVES: &[Native] = &[
    Native {
        name: "time-us",
        arity: (0, Some(0)),
        doc: "Returns the microseconds since the machine started.",
        function: time_us,
    },
    Native {
        name: "wall-clock",
        arity: (0, Some(0)),
        doc: "Returns the seconds since 1970-01-01 UTC, or nil where the machine has no clock.",
        function: wall_clock,
    },
    Native {
        name: "rand-int",
        arity: (1, Some(1)),
        doc: "Returns a random integer from 0 to below n.",
        function: rand_int,
    },
    Native { name: "log", arity: (1, Some(1)), doc: "Writes a line to the machine's log.", function: log },
    Native {
        name: "figures",
        arity: (0, Some(1)),
        doc: "Returns the system's figures as a map, or one of them by its key.",
        function: figures,
    },
    Native {
        name: "heap-report",
        arity: (0, Some(0)),
        doc: "Returns the figures of the heap as a map of maps: :arena :old :nurseries :collections :handshakes :phases :atoms, the longest pauses and their time in all by cause (:pauses-us-max :pauses-us-total), :pauses as a vector of pairs (up to so many microseconds, how many), and :mutators, a vector of maps for the 64 that hold most.",
        function: heap_report,
    },
    Native {
        name: "core-idle-us",
        arity: (0, Some(0)),
        doc: "Returns for each core how many microseconds it has slept.",
        function: core_idle_us,
    },
    Native {
        name: "reset-latencies!",
        arity: (0, Some(0)),
        doc: "Forgets the pointer latencies measured so far. Privileged.",
        function: reset_latencies,
    },
    Native {
        name: "set-workers!",
        arity: (1, Some(2)),
        doc: "Sets how many cores work (paint, run processes, collect), from 1 to all; the others take input only: (set-workers! painters n) with the capability :painters, (set-workers! n) where privileged.",
        function: set_workers,
    },
    Native {
        name: "set-tint!",
        arity: (1, Some(2)),
        doc: "Switches the tint that shows which worker painted each tile: (set-tint! painters on?) with the capability :painters, (set-tint! on?) where privileged.",
        function: set_tint,
    },
    Native {
        name: "power-off",
        arity: (0, Some(0)),
        doc: "Switches the machine off. Privileged.",
        function: power_off,
    },
    Native {
        name: "takes-two?",
        arity: (1, Some(1)),
        doc: "Returns whether a function has a fixed arity of exactly two arguments.",
        function: takes_two,
    },
    Native {
        name: "error-text",
        arity: (1, Some(1)),
        doc: "Returns an error as text: file:line:column: message.",
        function: error_text,
    },
    Native {
        name: "form-complete?",
        arity: (1, Some(1)),
        doc: "Returns whether a source text can be read to its end: nothing is left open.",
        function: form_complete,
    },
];

fn time_us<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    Ok(call.s.int(context(call).system.platform.now_us() as i64)?)
}

fn wall_clock<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let platform = context(call).system.platform;
    match platform.boot_unix_seconds() {
        Some(seconds) => Ok(call.s.int((seconds + platform.now_us() / 1_000_000) as i64)?),
        None => Ok(Value::NIL),
    }
}

fn rand_int<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let n = int_arg(call, "rand-int", 0)?;
    let bits = context(call).system.next_random();
    Ok(call.s.int(if n > 0 { (bits % n as u64) as i64 } else { 0 })?)
}

fn log<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    context(call).system.log(str_arg(call, "log", 0)?);
    Ok(Value::NIL)
}

fn figures<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let all = context(call).system.figures();
    if let Some(key) = call.args.first() {
        let name = s.name(*key).unwrap_or("");
        return match all.iter().find(|(figure, _)| *figure == name) {
            Some((_, value)) => Ok(s.int(*value as i64)?),
            None => Ok(Value::NIL),
        };
    }
    let mut map = s.empty_map()?;
    for (name, value) in all {
        map = s.map_assoc(map, s.keyword(name), s.int(value as i64)?)?;
    }
    Ok(map)
}

fn heap_report<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    Ok(call.s.heap_report()?)
}

fn core_idle_us<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let cores = context(call).system.idle_us.iter();
    let idle = cores.map(|us| s.int(us.load(Ordering::Relaxed) as i64)).collect::<Result<Vec<_>, _>>()?;
    Ok(s.vector(&idle)?)
}

fn reset_latencies<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "reset-latencies!")?;
    context(call).system.screen.reset_latencies();
    Ok(Value::NIL)
}

fn set_workers<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let system = context(call).system;
    let count = call.args.len() - need_capability(call, "painters", "set-workers!")?.len();
    let workers = int_arg(call, "set-workers!", count)?.clamp(1, system.platform.core_count() as i64);
    system.set_workers(workers as usize);
    Ok(call.s.int(workers)?)
}

fn set_tint<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let system = context(call).system;
    let on = need_capability(call, "painters", "set-tint!")?.first().is_some_and(|on| on.is_truthy());
    system.screen.set_tint(on);
    system.wake_idle_cores();
    Ok(Value::bool(on))
}

fn power_off<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "power-off")?;
    let system = context(call).system;
    system.log("halt: power off");
    system.platform.power_off();
    Ok(Value::NIL)
}

fn takes_two<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    Ok(Value::bool(halt_lisp::has_fixed_arity(call.s, call.args[0], 2)))
}

fn error_text<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    Ok(call.s.string(&halt_lisp::error_message(call.s, call.args[0]))?)
}

fn form_complete<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let text = str_arg(call, "form-complete?", 0)?;
    Ok(Value::bool(halt_lisp::is_complete(call.s, text)))
}

impl crate::SystemCore {
    /// A random number (xorshift64*, Vigna 2016) from a fixed seed, so that a run can be repeated.
    fn next_random(&self) -> u64 {
        let step = |mut x: u64| {
            x ^= x >> 12;
            x ^= x << 25;
            x ^ (x >> 27)
        };
        let next = |x: u64| Some(step(x));
        let old = self.random.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or(1);
        step(old).wrapping_mul(0x2545_F491_4F6C_DD1D) >> 1
    }
}
