//! The scheduler: a run queue, timers, and the loop of each core.
//!
//! Enter at [`SystemCore::run_core_once`]. A core takes render tiles first, then input and the development
//! port, then one process for a slice of fuel, then collector work; with nothing to do it sleeps.
//!
//! Invariant: whoever queues work wakes an idle core after queueing; whoever goes idle announces it before
//! its last look at the queues. So no work is ever left waiting for a timer.

use crate::limits::MESSAGES_MAX;
use crate::process::{Answer, End, Forked, Kin, Monitor, Pid, Process, ProcessSpec, Start};
use crate::queue::RunQueue;
use crate::{ProcessContext, SystemCore};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use crossbeam_queue::ArrayQueue;
use halt_heap::{Kind, OutOfMemory, Published, Scope, Value};
use halt_lisp::{Fiber, Outcome};
use spin::Mutex;

/// Calls and back-edges that a process runs before another gets the core: below a millisecond natively,
/// a few milliseconds under emulation.
const SLICE_FUEL: u32 = 4_000;

/// Processes that wait and still keep the memory that they would need again at once.
const RESTING_MAX: usize = 256;

/// Bytes that one process may hold alone, as a part of the arena: 1/4.
const QUOTA_SHARE: usize = 4;

/// Beginnings of the namespaces that are closed to a confined process.
const CLOSED: &[&str] = &["halt.shell", "halt.port", "app."];

/// Run queue, timers and idle cores.
pub(crate) struct Scheduler {
    ready: RunQueue,
    /// The app in front, which has precedence; 0 for none.
    front: AtomicU64,
    /// Processes that came to wait lately, each with how often it had run.
    resting: ArrayQueue<(Arc<Process>, u64)>,
    timers: Mutex<BTreeSet<(u64, Pid)>>,
    /// The earliest timer, `u64::MAX` when there is none; read without the lock.
    next_timer_us: AtomicU64,
    /// One bit for each sleeping core.
    idle: Box<[AtomicU64]>,
}

impl Scheduler {
    /// The scheduler of a machine with a number of cores.
    pub(crate) fn new(cores: usize) -> Scheduler {
        Scheduler {
            ready: RunQueue::default(),
            front: AtomicU64::new(0),
            resting: ArrayQueue::new(RESTING_MAX),
            timers: Mutex::new(BTreeSet::new()),
            next_timer_us: AtomicU64::new(u64::MAX),
            idle: (0..cores.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Keeps the earliest timer where it is read without the lock; the caller holds the lock.
    fn note_earliest(&self, timers: &BTreeSet<(u64, Pid)>) {
        let earliest = timers.first().map_or(u64::MAX, |(at, _)| *at);
        self.next_timer_us.store(earliest, Ordering::Release);
    }

    /// Takes the note of one core that sleeps, among the first so many, for waking it: the next caller gets another one.
    fn take_idle(&self, cores: usize) -> Option<usize> {
        self.idle.iter().enumerate().find_map(|(index, word)| {
            let idle = |word: u64| {
                let first = 64 * index + word.trailing_zeros() as usize;
                (word != 0 && first < cores).then(|| word & (word - 1))
            };
            let before = word.fetch_update(Ordering::SeqCst, Ordering::SeqCst, idle).ok()?;
            Some(64 * index + before.trailing_zeros() as usize)
        })
    }
}

impl SystemCore {
    /// Whether one more process may live.
    fn has_room_for(&self, is_privileged: bool) -> bool {
        self.processes.count() < self.limits.processes(is_privileged)
    }

    /// Starts a process; `None` when there are as many as may be.
    pub(crate) fn spawn(&self, spec: ProcessSpec) -> Option<Pid> {
        if !self.has_room_for(spec.is_privileged) {
            return None;
        }
        let process = self.processes.add(spec);
        let pid = process.pid;
        self.wake_process(process);
        Some(pid)
    }

    /// Queues a process unless it is queued or running.
    pub(crate) fn wake_process(&self, process: Arc<Process>) {
        if process.wake() {
            self.enqueue(process);
        }
    }

    /// Sends a message; false when nobody has that id.
    pub(crate) fn send(&self, pid: Pid, message: Published) -> bool {
        let Some(process) = self.processes.get(pid) else { return false };
        let waiting = self.messages.fetch_add(1, Ordering::Relaxed);
        let fits = waiting < self.limits.messages(process.is_privileged)
            && process.push_message(message, MESSAGES_MAX);
        if fits {
            self.wake_process(process);
        } else {
            self.messages.fetch_sub(1, Ordering::Relaxed);
        }
        fits
    }

    /// Lets a process go on from `halt.sys/park`, now or at its next call. Returns whether it lives.
    pub(crate) fn unpark(&self, pid: Pid) -> bool {
        let Some(process) = self.processes.get(pid) else { return false };
        process.give_unpark();
        self.wake_process(process);
        true
    }

    /// The next message of a process, if one waits.
    pub(crate) fn next_message(&self, process: &Process) -> Option<Published> {
        let message = process.next_message()?;
        self.messages.fetch_sub(1, Ordering::Relaxed);
        Some(message)
    }

    /// Puts messages of a process back in front of those that wait. Returns false when there would be too many.
    pub(crate) fn put_back_messages(&self, process: &Process, messages: Vec<Published>) -> bool {
        let count = messages.len();
        self.messages.fetch_add(count, Ordering::Relaxed);
        let fits = process.put_back_messages(messages, 2 * MESSAGES_MAX);
        if !fits {
            self.messages.fetch_sub(count, Ordering::Relaxed);
        }
        fits
    }

    /// Kills a process and all that it spawned. Returns whether it was there.
    pub(crate) fn kill(&self, pid: Pid) -> bool {
        let Some(process) = self.processes.get(pid) else { return false };
        process.is_killed.store(true, Ordering::Release);
        match process.team.unshelve(&process) {
            Some(process) => self.enqueue(process),
            None => self.wake_process(process),
        }
        true
    }

    /// Queues a process that is in no queue, and lets an idle core know.
    fn enqueue(&self, process: Arc<Process>) {
        self.active.fetch_add(1, Ordering::SeqCst);
        self.scheduler.ready.push(process);
        self.wake_idle_core();
    }

    /// Gives precedence to a process, and to the one that had it before no more. The shell has it beside.
    pub(crate) fn set_front(&self, pid: Pid) {
        let before = self.scheduler.front.swap(pid, Ordering::AcqRel);
        for (pid, is_first) in [(before, false), (pid, true)] {
            if let Some(process) = self.processes.get(pid) {
                process.has_precedence.store(is_first, Ordering::Relaxed);
            }
        }
    }

    /// Lets all that a process spawned rest, or go on. Returns whether it lives.
    pub(crate) fn set_resting(&self, pid: Pid, is_resting: bool) -> bool {
        let Some(process) = self.processes.get(pid) else { return false };
        self.set_resting_team(&process, is_resting);
        true
    }

    fn set_resting_team(&self, process: &Process, is_resting: bool) {
        for member in process.team.set_resting(is_resting) {
            self.enqueue(member);
        }
    }

    /// Takes the process whose turn it is; those that rest are put aside.
    fn next_process(&self) -> Option<Arc<Process>> {
        loop {
            let process = self.scheduler.ready.pop()?;
            if !process.team.shelve(&process) {
                return Some(process);
            }
            self.active.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Wakes a process at a time.
    pub(crate) fn wake_at(&self, deadline_us: u64, pid: Pid) {
        let mut timers = self.scheduler.timers.lock();
        timers.insert((deadline_us, pid));
        self.scheduler.note_earliest(&timers);
    }

    /// Forgets the timer of a wait that ended before its time.
    pub(crate) fn forget_timer(&self, deadline_us: u64, pid: Pid) {
        self.scheduler.timers.lock().remove(&(deadline_us, pid));
    }

    /// Wakes one of the sleeping cores that work. Returns whether any slept.
    pub(crate) fn wake_idle_core(&self) -> bool {
        self.wake_core_below(self.workers())
    }

    /// Wakes one of the sleeping cores with a number below this. Returns whether any slept.
    pub(crate) fn wake_core_below(&self, cores: usize) -> bool {
        match self.scheduler.take_idle(cores) {
            Some(core) => {
                self.platform.wake(core);
                true
            }
            None => false,
        }
    }

    /// Wakes all sleeping cores: a picture is to be painted.
    pub(crate) fn wake_idle_cores(&self) {
        for (index, word) in self.scheduler.idle.iter().enumerate() {
            let mut idle = word.swap(0, Ordering::SeqCst);
            while idle != 0 {
                self.platform.wake(64 * index + idle.trailing_zeros() as usize);
                idle &= idle - 1;
            }
        }
    }

    /// Does one piece of work on a core. Returns false when there was none.
    pub(crate) fn run_core_once(&'static self, core: usize) -> bool {
        // Reading the clock takes as long as a third of a short slice: the end of one is the start of the next.
        let slice_end_us = self.slice_end_us[core].load(Ordering::Relaxed);
        let now_us = if slice_end_us == 0 { self.platform.now_us() } else { slice_end_us };
        self.slice_end_us[core].store(0, Ordering::Relaxed);
        self.fire_timers(now_us);
        let painted = self.paint(core);
        let routed = self.route_input(core) | self.serve_port(core);
        if painted | routed {
            return true;
        }
        if !self.works(core) {
            return false;
        }
        if let Some(process) = self.next_process() {
            self.run_slice(core, process, now_us);
            return true;
        }
        // With a clock that was read before, a timer may be due by now: once more, then.
        self.heap.collect_if_needed() || slice_end_us != 0
    }

    /// Whether a core is one of those that paint, run processes and collect: `set-workers!` chooses how many do. The others
    /// take input only.
    fn works(&self, core: usize) -> bool {
        core < self.workers()
    }

    /// How many cores work.
    pub(crate) fn workers(&self) -> usize {
        self.working_cores.load(Ordering::Relaxed)
    }

    /// Lets only the first so many cores work.
    pub(crate) fn set_workers(&self, cores: usize) {
        self.working_cores.store(cores, Ordering::Relaxed);
        self.screen.compositor.set_workers(cores);
        self.wake_idle_cores();
    }

    /// Sleeps until there is work, after a last look.
    pub(crate) fn sleep(&self, core: usize) {
        let (word, bit) = (&self.scheduler.idle[core / 64], 1u64 << (core % 64));
        word.fetch_or(bit, Ordering::SeqCst);
        let has_work = self.works(core) && (!self.scheduler.ready.is_empty() || self.heap.wants_collection());
        if !has_work && !self.has_core_work(core) {
            let mut deadline = self.scheduler.next_timer_us.load(Ordering::Acquire);
            if self.sync_waits.load(Ordering::Acquire) {
                deadline = deadline.min(self.platform.now_us() + 1_000);
            }
            let since_us = self.platform.now_us();
            self.platform.wait(core, (deadline != u64::MAX).then_some(deadline));
            self.idle_us[core].fetch_add(self.platform.now_us() - since_us, Ordering::Relaxed);
        }
        word.fetch_and(!bit, Ordering::SeqCst);
    }

    fn fire_timers(&self, now_us: u64) {
        if now_us < self.scheduler.next_timer_us.load(Ordering::Acquire) {
            return;
        }
        let Some(mut timers) = self.scheduler.timers.try_lock() else { return };
        while let Some((at, pid)) = timers.first().copied() {
            if at > now_us {
                break;
            }
            timers.pop_first();
            if let Some(process) = self.processes.get(pid) {
                self.wake_process(process);
            }
        }
        self.scheduler.note_earliest(&timers);
    }

    fn run_slice(&'static self, core: usize, process: Arc<Process>, start_us: u64) {
        process.begin_slice();
        let context = ProcessContext { system: self, process };
        self.run_slice_of(core, &context);
        let end_us = self.platform.now_us();
        self.slice_end_us[core].store(end_us, Ordering::Relaxed);
        context.process.note_ran(end_us - start_us);
    }

    fn run_slice_of(&'static self, core: usize, context: &ProcessContext) {
        let process = &context.process;
        let mut slot = process.fiber.lock();
        if process.is_killed.load(Ordering::Acquire) {
            drop(slot.take());
            drop(slot);
            let doom = process.doom.lock().take();
            return self.finish(core, process, doom.map_or(End::Killed, |end| *end));
        }
        let fiber = slot.get_or_insert_with(|| self.make_fiber(process));
        let outcome = fiber.run(SLICE_FUEL, context);
        process.used_bytes.store(fiber.mutator().used_bytes() as u64, Ordering::Relaxed);
        match outcome {
            Outcome::Yielded | Outcome::Forking => {
                if matches!(outcome, Outcome::Forking) {
                    process.set_forked(self.fork(process, fiber));
                }
                process.requeue();
                self.scheduler.ready.push(process.clone());
            }
            Outcome::Parked => {
                if process.park() {
                    self.scheduler.ready.push(process.clone());
                } else {
                    self.active.fetch_sub(1, Ordering::SeqCst);
                    drop(slot);
                    self.rest(process);
                }
            }
            Outcome::Done(value) if self.starts_printing(core, process, fiber, &value) => {
                process.requeue();
                self.scheduler.ready.push(process.clone());
            }
            Outcome::Done(value) => {
                drop(slot.take());
                drop(slot);
                self.finish(core, process, End::Well(value));
            }
            Outcome::Failed(error) => {
                drop(slot.take());
                drop(slot);
                let end = self.core_mutator(core).enter(|s| end_of(s, &error));
                self.finish(core, process, end);
            }
        }
    }

    /// A process waits. When many others have come to wait since and it still does, it gives memory back.
    fn rest(&self, process: &Arc<Process>) {
        if !process.begin_rest() {
            return;
        }
        let slices = process.slices.load(Ordering::Relaxed);
        let Some((oldest, since)) = self.scheduler.resting.force_push((process.clone(), slices)) else {
            return;
        };
        oldest.end_rest();
        let now = oldest.slices.load(Ordering::Relaxed);
        if now == since {
            oldest.give_back();
        } else if oldest.is_parked() && oldest.begin_rest() {
            // It has run meanwhile: it may do so again soon.
            if let Some((other, _)) = self.scheduler.resting.force_push((oldest, now)) {
                other.end_rest();
                other.give_back();
            }
        }
    }

    /// Starts a process that goes on from where a fiber is.
    fn fork(&self, process: &Process, fiber: &mut Fiber) -> Forked {
        if !self.has_room_for(process.is_privileged) {
            return Forked::TooMany;
        }
        let Ok(fork) = fiber.fork() else { return Forked::OutOfMemory };
        let spec = ProcessSpec {
            name: process.name.to_string(),
            parent: process.parent_of_spawned(),
            is_privileged: process.is_privileged,
            confined: process.confined.clone(),
            answer: Answer::Nobody,
            is_evaluation: process.is_evaluation,
            team: Some(process.team.clone()),
            start: Start::Fork(Box::new(fork)),
        };
        let child = self.processes.add(spec);
        child.set_forked(Forked::Child);
        let pid = child.pid;
        self.wake_process(child);
        Forked::Parent(pid)
    }

    fn make_fiber(&self, process: &Process) -> Box<Fiber> {
        let start = process.start.lock().take();
        let start = match start.map(|start| *start) {
            Some(Start::Fork(fiber)) => return fiber,
            start => start,
        };
        let mut fiber = Box::new(Fiber::new(&self.runtime));
        let (_, arena_bytes) = self.heap.usage_bytes();
        if process.is_privileged {
            fiber.mutator().set_reserve(true);
        } else {
            fiber.set_quota_bytes(arena_bytes / QUOTA_SHARE);
        }
        if let Some(own) = &process.confined
            && fiber.confine(own, CLOSED).is_err()
        {
            // Rather nothing than what is not confined.
            return fiber;
        }
        match start {
            Some(Start::Call(function, arguments)) => fiber.start_call(&function, &arguments),
            Some(Start::Source { file, text, namespace, place, then }) => {
                fiber.start_source_at(&file, &text, &namespace, place);
                if let Some(then) = then {
                    fiber.then(then);
                }
            }
            Some(Start::Fork(_)) | None => {}
        }
        fiber
    }

    /// Whether a program of the development port ended with a value that is to be printed: the process goes on with that,
    /// as printing runs programs (lazy sequences) and may never end.
    fn starts_printing(&self, core: usize, process: &Process, fiber: &mut Fiber, value: &Published) -> bool {
        let mut ended_in = process.ended_in.lock();
        let Answer::Port(_, wanted) = process.answer else { return false };
        let Some(printer) = wanted.printer().filter(|_| ended_in.is_none()) else { return false };
        let printer = self
            .core_mutator(core)
            .enter(|s| self.runtime.var_value(s, printer).and_then(|function| s.publish(function).ok()));
        let Some(printer) = printer else { return false };
        *ended_in = Some(fiber.namespace());
        fiber.start_call_bound(&printer, core::slice::from_ref(value));
        true
    }

    /// Ends a process as another one's end or an `exit` wants it, unless it takes such things as messages. Returns whether
    /// it lives.
    pub(crate) fn end_process(&self, s: Scope<'_>, pid: Pid, from: Pid, end: &End) -> bool {
        let Some(process) = self.processes.get(pid) else { return false };
        if process.is_trapping.load(Ordering::Acquire) {
            return exit_message(s, from, end).is_ok_and(|message| self.send(pid, message));
        }
        if end.problem().is_some() {
            *process.doom.lock() = Some(Box::new(end.clone()));
            self.kill(pid);
        }
        true
    }

    /// Ends a process: its children die, its monitors and links hear why, whoever asked gets the answer.
    fn finish(&self, core: usize, process: &Arc<Process>, end: End) {
        let (Kin { monitors, links, children }, unread) = process.end();
        self.messages.fetch_sub(unread, Ordering::Relaxed);
        self.processes.remove(process);
        if process.heads_team {
            // Its children must run to end.
            self.set_resting_team(process, false);
        }
        for child in children {
            self.kill(child);
        }
        if let Some(reason) = end.problem()
            && process.answer == Answer::Nobody
            && (!process.is_evaluation || monitors.is_empty())
            && !matches!(end, End::Killed)
        {
            self.log(&format!("process {} ({}) died: {reason}", process.pid, process.name));
        }
        for linked in links {
            self.core_mutator(core).enter(|s| self.end_process(s, linked, process.pid, &end));
        }
        for monitor in monitors {
            let monitor = match monitor {
                Monitor::Message(pid) => pid,
                Monitor::Wake(pid) => {
                    self.unpark(pid);
                    continue;
                }
            };
            if let Ok(message) = self.core_mutator(core).enter(|s| exit_message(s, process.pid, &end)) {
                self.send(monitor, message);
            }
        }
        let result = match end {
            End::Well(value) => Ok(value),
            end => Err(end.problem().unwrap_or_default().to_string()),
        };
        if let Answer::Port(id, wanted) = process.answer {
            let result = result.map(|value| self.core_mutator(core).enter(|s| text_of(s, s.open(&value))));
            let result = match process.ended_in.lock().take().filter(|_| wanted.is_heard()) {
                Some(namespace) => result.map(|text| format!("{namespace}\n{text}")),
                None => result,
            };
            self.port_reply(id, result);
        }
        self.active.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How a process ends by an error: `exit` throws one of type `:exit`.
fn end_of(s: Scope<'_>, error: &Published) -> End {
    let thrown = s.open(error);
    if halt_lisp::error_type(s, thrown).as_deref() == Some("exit")
        && let Some(reason) = s.map_get(thrown, s.keyword("reason"))
        && let Ok(published) = s.publish(reason)
    {
        return exit_end(s, published);
    }
    End::Failed(halt_lisp::error_message(s, thrown), error.clone())
}

/// The end that `exit` with this reason means.
pub(crate) fn exit_end(s: Scope<'_>, reason: Published) -> End {
    let value = s.open(&reason);
    match s.name(value) {
        Some("normal") if s.kind(value) == Kind::Keyword => {
            End::Well(s.publish(Value::NIL).unwrap_or(reason))
        }
        _ => End::Exited(halt_lisp::print_limited(s, value, true, halt_lisp::PrintLimits::MESSAGE), reason),
    }
}

/// The message that tells of the end of a process.
fn exit_message(s: Scope<'_>, pid: Pid, end: &End) -> Result<Published, OutOfMemory> {
    let reason = match end {
        End::Well(_) => s.keyword("normal"),
        End::Exited(_, reason) => s.open(reason),
        End::Failed(text, _) => s.string(text)?,
        End::Killed => s.string("killed")?,
    };
    let mut message = s.map(&[
        (s.keyword("type"), s.keyword("exit")),
        (s.keyword("pid"), s.int(pid as i64)?),
        (s.keyword("reason"), reason),
    ])?;
    match end {
        End::Well(value) => message = s.map_assoc(message, s.keyword("value"), s.open(value))?,
        End::Failed(_, error) => message = s.map_assoc(message, s.keyword("error"), s.open(error))?,
        End::Exited(..) | End::Killed => {}
    }
    s.publish(message)
}

/// A text itself, anything else as it is printed.
fn text_of<'s>(s: Scope<'s>, value: Value<'s>) -> String {
    match s.kind(value) {
        Kind::String => halt_lisp::print(s, value, false),
        _ => halt_lisp::print(s, value, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_many_sleeping_cores_is_taken_once() {
        let scheduler = Scheduler::new(130);
        for core in [3, 67, 129] {
            scheduler.idle[core / 64].fetch_or(1 << (core % 64), Ordering::SeqCst);
        }
        let taken = |cores| core::iter::from_fn(|| scheduler.take_idle(cores)).collect::<Vec<_>>();
        assert_eq!(taken(3), []);
        assert_eq!(taken(68), [3, 67]);
        assert_eq!(taken(130), [129]);
    }
}
