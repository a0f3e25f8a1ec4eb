//! How many processes and messages there may be, according to memory.
//!
//! A process that waits takes a little of the arena (what it holds) and somewhat more of the allocator's memory (its record,
//! fiber, mutator and stack); a message that waits takes a slot and a place in a mailbox. What exceeds these bounds is
//! refused with an error, so that the allocator, which cannot refuse, never runs dry.

/// Bytes of the allocator that a waiting process takes at most, and of the arena, with room for what it works with when it runs.
const PROCESS_NATIVE_BYTES: usize = 1280;
const PROCESS_ARENA_BYTES: usize = 1024;

/// Bytes of the allocator that a waiting message takes at most: a slot, and a place in a mailbox that has just doubled.
const MESSAGE_BYTES: usize = 16 + 3 * 16;

/// Numbers of processes that no machine goes below or beyond.
const PROCESSES: core::ops::RangeInclusive<usize> = 1_000..=1 << 20;

/// Messages that may wait for one process; a mailbox that is full takes no more.
pub(crate) const MESSAGES_MAX: usize = 16_384;

/// Messages that may wait altogether where memory does not matter.
const ALL_MESSAGES_MAX: usize = 1 << 22;

/// How many more processes and messages the privileged may have: the desktop, and a REPL to end the others.
const PROCESSES_RESERVE: usize = 100;
const MESSAGES_RESERVE: usize = 10_000;

/// What may be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    processes: usize,
    messages: usize,
}

impl Limits {
    /// The limits of a machine: half of the allocator's memory is for processes, a quarter for messages.
    pub(crate) fn new(native_bytes: Option<usize>, arena_bytes: usize) -> Limits {
        let native_bytes = native_bytes.unwrap_or(usize::MAX);
        let processes = (native_bytes / 2 / PROCESS_NATIVE_BYTES).min(arena_bytes / PROCESS_ARENA_BYTES);
        let messages = native_bytes / 4 / MESSAGE_BYTES;
        Limits {
            processes: processes.clamp(*PROCESSES.start(), *PROCESSES.end()),
            messages: messages.clamp(2 * MESSAGES_MAX, ALL_MESSAGES_MAX),
        }
    }

    /// How many processes may be when one that is privileged or not is added.
    pub(crate) fn processes(&self, is_privileged: bool) -> usize {
        self.processes + if is_privileged { PROCESSES_RESERVE } else { 0 }
    }

    /// How many messages may wait when one is added for a process that is privileged or not.
    pub(crate) fn messages(&self, is_privileged: bool) -> usize {
        self.messages + if is_privileged { MESSAGES_RESERVE } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(native_mib: Option<usize>, arena_mib: usize, processes: usize, messages: usize) {
        let limits = Limits::new(native_mib.map(|mib| mib << 20), arena_mib << 20);
        assert_eq!((limits.processes, limits.messages), (processes, messages));
    }

    #[test]
    fn limits_follow_memory() {
        check(None, 1024, 1 << 20, 1 << 22);
        check(None, 96, 98_304, 1 << 22);
        check(Some(56), 180, 22_937, 229_376);
        check(Some(280), 1700, 114_688, 1_146_880);
        check(Some(1), 1, 1_000, 32_768);
        check(Some(0), 0, 1_000, 32_768);
    }
}
