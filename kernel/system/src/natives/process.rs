//! Processes: spawn, messages, waiting, monitors, ends.

use super::{Answer, context, error, int_arg, need_capability, need_privilege};
use crate::process::{Answer as Listener, Forked, Monitor, ProcessSpec, Start};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use halt_heap::{Kind, Value};
use halt_lisp::{Call, Native, Signal};

pub(crate) const NATIVES: &[Native] = &[
    Native {
        name: "self",
        arity: (0, Some(0)),
        doc: "Returns the id of the running process.",
        function: self_,
    },
    Native {
        name: "spawn",
        arity: (1, None),
        doc: "Starts a process that calls f with args; returns its id. It dies with the process that spawned it; what is evaluated at a REPL spawns for the REPL.",
        function: spawn,
    },
    Native {
        name: "fork",
        arity: (0, Some(0)),
        doc: "Makes a second process that goes on from here, with the same stack and bindings, and an empty mailbox. Returns its id; in the new process nil. The new one is a child of the old one, as one that it spawned is.",
        function: fork,
    },
    Native {
        name: "spawn-source",
        arity: (2, Some(5)),
        doc: "Starts a process that reads, compiles and runs a source text, and monitors it: (spawn-source file text), or (spawn-source file text namespace), or (spawn-source file text namespace f): then its value is (f value). It is confined as this one is; with the capability :code before all that it is not. Returns its id.",
        function: spawn_source,
    },
    Native {
        name: "send",
        arity: (2, None),
        doc: "Sends any value to a process; returns whether it lives and its mailbox took it (16,384 messages, and as many for all as memory allows). Sent to an agent, a function and arguments are an action: the agent is set to (f value & args).",
        function: send,
    },
    Native {
        name: "next-message",
        arity: (0, Some(2)),
        doc: "Waits for the next message and returns it. With a time-out in milliseconds (nil for none): the second argument, or nil, when none came. See receive.",
        function: next_message,
    },
    Native {
        name: "put-back-messages!",
        arity: (1, Some(1)),
        doc: "Puts the messages of a vector back in front of those that wait, the first one first.",
        function: put_back,
    },
    Native {
        name: "link",
        arity: (1, Some(1)),
        doc: "Makes this process die, for the same reason, when a process that it spawned fails, exits or is killed; see trap-exit. Returns whether that one lives.",
        function: link,
    },
    Native { name: "unlink", arity: (1, Some(1)), doc: "Takes back a link to a process.", function: unlink },
    Native {
        name: "trap-exit",
        arity: (1, Some(1)),
        doc: "With true, what would end this process by a link or by (exit pid reason) comes as a message {:type :exit :pid :reason} instead, also the good end of a linked one. Returns how it was before.",
        function: trap_exit,
    },
    Native {
        name: "exit",
        arity: (1, Some(2)),
        doc: "Ends this process for a reason, any value: (exit reason); it is an error of type :exit until it leaves the process, so finally is obeyed. :normal is a good end. (exit pid reason) ends another, which its parent or a privileged process may.",
        function: exit,
    },
    Native {
        name: "sleep",
        arity: (1, Some(1)),
        doc: "Waits for a number of milliseconds.",
        function: sleep,
    },
    Native { name: "yield", arity: (0, Some(0)), doc: "Lets other processes run.", function: yield_ },
    Native {
        name: "monitor",
        arity: (1, Some(1)),
        doc: "Asks for a message {:type :exit :pid :reason} when a process ends; at once when it has ended. The reason is :normal, beside it the :value; the text of an error, beside it the :error with its :trace; what exit was given; or \"killed\".",
        function: monitor,
    },
    Native {
        name: "demonitor",
        arity: (1, Some(1)),
        doc: "Takes back what monitor asked for.",
        function: demonitor,
    },
    Native {
        name: "kill",
        arity: (1, Some(2)),
        doc: "Ends a process and all that it spawned: (kill pid). Only its parent, a privileged process, or one with the capability :processes, (kill processes pid), may. Returns whether it lived.",
        function: kill,
    },
    Native {
        name: "halt.sys/park",
        arity: (1, Some(1)),
        doc: "Waits until somebody calls halt.sys/unpark with this process, or has done so since the last wait, or until a time (see time-us; nil for never). Returns whether somebody did.",
        function: park,
    },
    Native {
        name: "halt.sys/unpark",
        arity: (1, Some(1)),
        doc: "Lets a process go on from halt.sys/park. Returns whether it lives.",
        function: unpark,
    },
    Native {
        name: "halt.sys/wake-at-end",
        arity: (1, Some(1)),
        doc: "Has this process let go on from halt.sys/park when another one ends. Returns false when that one has ended.",
        function: wake_at_end,
    },
    Native {
        name: "halt.sys/write-out",
        arity: (1, Some(1)),
        doc: "Takes what a program prints: it goes to who evaluates it, else to the log.",
        function: write_out,
    },
    Native {
        name: "processes",
        arity: (0, Some(0)),
        doc: "Returns a vector of maps, one for each living process: :pid :parent :name :state :run-us :slices :bytes :messages.",
        function: processes,
    },
];

fn self_<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    Ok(call.s.int(context(call).process.pid as i64)?)
}

/// Starts a process, or says that there are too many.
fn spawned<'s>(call: &Call<'_, 's>, spec: ProcessSpec) -> Result<u64, Signal<'s>> {
    let pid = context(call).system.spawn(spec);
    pid.ok_or_else(|| error(call.s, "too-many-processes", "spawn: there are as many processes as may be"))
}

fn spawn<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    spawn_call(call, call.args, false, context(call).process.confined.clone())
}

/// Starts a process that calls the first argument with the others.
pub(super) fn spawn_call<'s>(
    call: &Call<'_, 's>,
    args: &[Value<'s>],
    is_privileged: bool,
    confined: Option<Box<str>>,
) -> Answer<'s> {
    let context = context(call);
    let function = call.s.publish(args[0])?;
    let arguments = args[1..].iter().map(|value| call.s.publish(*value)).collect::<Result<Vec<_>, _>>()?;
    let pid = spawned(
        call,
        ProcessSpec {
            name: halt_lisp::function_name(call.s, args[0]),
            parent: context.process.parent_of_spawned(),
            is_privileged,
            confined,
            answer: Listener::Nobody,
            is_evaluation: false,
            team: context.team_of_spawned(),
            start: Start::Call(function, arguments),
        },
    )?;
    Ok(call.s.int(pid as i64)?)
}

fn fork<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    match context(call).process.take_forked() {
        // The scheduler does it between slices.
        None => Err(Signal::Fork),
        Some(Forked::Parent(pid)) => Ok(call.s.int(pid as i64)?),
        Some(Forked::Child) => Ok(Value::NIL),
        Some(Forked::TooMany) => {
            Err(error(call.s, "too-many-processes", "fork: there are as many processes as may be"))
        }
        Some(Forked::OutOfMemory) => Err(Signal::OutOfMemory),
    }
}

fn spawn_source<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let context = context(call);
    let is_free = call.args.first().is_some_and(|first| super::is_capability(call.s, *first, "code"));
    let first = usize::from(is_free);
    let text_at = |index: usize| super::str_arg(call, "spawn-source", first + index).map(str::to_string);
    let (file, text) = (text_at(0)?, text_at(1)?);
    let namespace = if call.args.len() > first + 2 { text_at(2)? } else { "user".to_string() };
    let then = call.args.get(first + 3).map(|f| call.s.publish(*f)).transpose()?;
    let pid = spawned(
        call,
        ProcessSpec {
            name: format!("eval {file}"),
            parent: context.process.pid,
            is_privileged: context.process.is_privileged,
            confined: context.process.confined.clone().filter(|_| !is_free),
            answer: Listener::Nobody,
            is_evaluation: false,
            team: context.team_of_spawned(),
            start: Start::Source { file, text, namespace, place: (1, 1), then },
        },
    )?;
    Ok(call.s.int(pid as i64)?)
}

fn send<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    if call.s.record_tag(call.args[0]) == Some(halt_lisp::tags::REFERENCE)
        && let Some(to_agent) = call.runtime.var_value(call.s, "clojure.core/send-agent*")
    {
        return Err(Signal::Apply(to_agent, call.s.vector(call.args)?));
    }
    if call.args.len() > 2 {
        return call.throw("arity", "send wants a process and a message, or an agent and an action");
    }
    let pid = int_arg(call, "send", 0)? as u64;
    let context = context(call);
    // What comes into the shell's mailbox it obeys: it has the rights over the desktop.
    let is_guarded = pid == context.system.shell.load(Ordering::Acquire) && !context.process.is_privileged;
    let message = if is_guarded { super::screen::request(call, "send", call.args[1])? } else { call.args[1] };
    let message = call.s.publish(message)?;
    Ok(Value::bool(context.system.send(pid, message)))
}

/// Where the wait of this process stands: whether its time has come.
fn wait_until<'s>(call: &Call<'_, 's>, milliseconds: i64) -> bool {
    let context = context(call);
    let now = context.system.platform.now_us();
    match context.process.deadline_us.load(Ordering::Relaxed) {
        0 => {
            let deadline = now.saturating_add(milliseconds.max(0) as u64 * 1000).max(1);
            context.process.deadline_us.store(deadline, Ordering::Relaxed);
            if milliseconds > 0 {
                context.system.wake_at(deadline, context.process.pid);
            }
            milliseconds <= 0
        }
        deadline => now >= deadline,
    }
}

fn next_message<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let context = context(call);
    if let Some(message) = context.system.next_message(&context.process) {
        let deadline = context.process.deadline_us.swap(0, Ordering::Relaxed);
        if deadline != 0 {
            context.system.forget_timer(deadline, context.process.pid);
        }
        return Ok(call.s.open(&message));
    }
    if let Some(timeout) = call.args.first()
        && !timeout.is_nil()
    {
        let milliseconds = int_arg(call, "next-message", 0)?.clamp(0, 1 << 40);
        if wait_until(call, milliseconds) {
            context.process.deadline_us.store(0, Ordering::Relaxed);
            return Ok(call.args.get(1).copied().unwrap_or(Value::NIL));
        }
    }
    Err(Signal::Park)
}

fn put_back<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, process) = (call.s, context(call).process.clone());
    if s.kind(call.args[0]) != Kind::Vector {
        return Err(error(s, "wrong-argument", "put-back-messages! wants a vector"));
    }
    let messages: Vec<_> = s.vector_iter(call.args[0]).map(|m| s.publish(m)).collect::<Result<_, _>>()?;
    if !context(call).system.put_back_messages(&process, messages) {
        return Err(error(s, "too-many-messages", "put-back-messages!: more messages wait than may"));
    }
    Ok(Value::NIL)
}

fn link<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let context = context(call);
    let pid = int_arg(call, "link", 0)? as u64;
    let Some(process) = context.system.processes.get(pid) else { return Ok(Value::FALSE) };
    // Else a process could end another by linking it to one that fails.
    if process.parent != context.process.pid {
        need_privilege(call, "link")?;
    }
    // It may have ended meanwhile: whether well or not is not known any more.
    Ok(Value::bool(process.add_link(context.process.pid)))
}

fn unlink<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (context, pid) = (context(call), int_arg(call, "unlink", 0)? as u64);
    if let Some(process) = context.system.processes.get(pid) {
        process.remove_link(context.process.pid);
    }
    Ok(Value::NIL)
}

fn demonitor<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (context, pid) = (context(call), int_arg(call, "demonitor", 0)? as u64);
    if let Some(process) = context.system.processes.get(pid) {
        process.remove_monitor(context.process.pid);
    }
    Ok(Value::NIL)
}

fn trap_exit<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let traps = call.args[0].is_truthy();
    Ok(Value::bool(context(call).process.is_trapping.swap(traps, Ordering::AcqRel)))
}

fn exit<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, context) = (call.s, context(call));
    let reason = call.args[call.args.len() - 1];
    let pid = if call.args.len() == 1 { context.process.pid } else { int_arg(call, "exit", 0)? as u64 };
    if pid == context.process.pid {
        let shown = halt_lisp::print_limited(s, reason, true, halt_lisp::PrintLimits::SHORT);
        let error = s.map(&[
            (s.keyword("type"), s.keyword("exit")),
            (s.keyword("message"), s.string(&format!("exit: {shown}"))?),
            (s.keyword("reason"), reason),
        ])?;
        return Err(Signal::Throw(error));
    }
    let Some(process) = context.system.processes.get(pid) else { return Ok(Value::FALSE) };
    if process.parent != context.process.pid {
        need_privilege(call, "exit")?;
    }
    let end = crate::scheduler::exit_end(s, s.publish(reason)?);
    Ok(Value::bool(context.system.end_process(s, pid, context.process.pid, &end)))
}

fn sleep<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let milliseconds = int_arg(call, "sleep", 0)?.clamp(0, 1 << 40);
    if wait_until(call, milliseconds) {
        context(call).process.deadline_us.store(0, Ordering::Relaxed);
        return Ok(Value::NIL);
    }
    Err(Signal::Park)
}

fn park<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let context = context(call);
    let process = &context.process;
    let is_woken = process.take_unpark();
    if !is_woken && call.args[0].is_nil() {
        return Err(Signal::Park);
    }
    let armed = process.deadline_us.load(Ordering::Relaxed);
    if !is_woken {
        let until = int_arg(call, "park", 0)?.max(1) as u64;
        if until > context.system.platform.now_us() {
            if armed == 0 {
                process.deadline_us.store(until, Ordering::Relaxed);
                context.system.wake_at(until, process.pid);
            }
            return Err(Signal::Park);
        }
    }
    if armed != 0 {
        process.deadline_us.store(0, Ordering::Relaxed);
        context.system.forget_timer(armed, process.pid);
    }
    Ok(Value::bool(is_woken))
}

fn unpark<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let pid = int_arg(call, "unpark", 0)? as u64;
    Ok(Value::bool(context(call).system.unpark(pid)))
}

fn wake_at_end<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let context = context(call);
    let pid = int_arg(call, "wake-at-end", 0)? as u64;
    let process = context.system.processes.get(pid);
    Ok(Value::bool(process.is_some_and(|process| process.add_monitor(Monitor::Wake(context.process.pid)))))
}

fn yield_<'s>(_call: &Call<'_, 's>) -> Answer<'s> {
    Err(Signal::Yield(Value::NIL))
}

fn monitor<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let context = context(call);
    let pid = int_arg(call, "monitor", 0)? as u64;
    if let Some(process) = context.system.processes.get(pid)
        && process.add_monitor(Monitor::Message(context.process.pid))
    {
        return Ok(Value::TRUE);
    }
    let s = call.s;
    let pid = s.int(pid as i64)?;
    let message = s.map(&[
        (s.keyword("type"), s.keyword("exit")),
        (s.keyword("pid"), pid),
        (s.keyword("reason"), s.keyword("no-process")),
    ])?;
    let message = s.publish(message)?;
    context.system.send(context.process.pid, message);
    Ok(Value::FALSE)
}

fn kill<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let context = context(call);
    // With the capability, which comes first.
    let may = call.args.len() == 2;
    if may {
        need_capability(call, "processes", "kill")?;
    }
    let pid = int_arg(call, "kill", may as usize)? as u64;
    match context.system.processes.get(pid) {
        None => Ok(Value::FALSE),
        Some(process) => {
            if !may && process.parent != context.process.pid && pid != context.process.pid {
                need_privilege(call, "kill")?;
            }
            if pid == 0 {
                return Err(error(call.s, "wrong-argument", "kill: there is no process 0"));
            }
            let killed = context.system.kill(pid);
            // A process that ends itself does not go on.
            if pid == context.process.pid { Err(Signal::Park) } else { Ok(Value::bool(killed)) }
        }
    }
}

fn write_out<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let context = context(call);
    let text = super::str_arg(call, "write-out", 0)?;
    if context.process.is_evaluation && context.process.parent != 0 {
        let message =
            s.map(&[(s.keyword("type"), s.keyword("output")), (s.keyword("text"), call.args[0])])?;
        context.system.send(context.process.parent, s.publish(message)?);
    } else if let Listener::Port(id, wanted) = context.process.answer
        && wanted.is_heard()
    {
        context.system.port_output(id, text);
    } else {
        context.system.log(text.trim_end_matches('\n'));
    }
    Ok(Value::NIL)
}

fn processes<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let mut rows = Vec::new();
    for process in context(call).system.processes.all() {
        let name: &str = &process.name;
        let row = [
            (s.keyword("pid"), s.int(process.pid as i64)?),
            (s.keyword("parent"), s.int(process.parent as i64)?),
            (s.keyword("name"), s.string(name)?),
            (s.keyword("state"), s.keyword(process.state_name())),
            (s.keyword("run-us"), s.int(process.run_us.load(Ordering::Relaxed) as i64)?),
            (s.keyword("slices"), s.int(process.slices.load(Ordering::Relaxed) as i64)?),
            (s.keyword("bytes"), s.int(process.used_bytes.load(Ordering::Relaxed) as i64)?),
            (s.keyword("messages"), s.int(process.message_count() as i64)?),
        ];
        rows.push(s.map(&row)?);
    }
    Ok(s.vector(&rows)?)
}
