//! The development port on a virtio console: whole buffers at a time, where a serial port takes an interrupt for a few bytes.
//!
//! Enter at [`start`], [`read`] and [`write`]. The device must have several ports, of which we drive one, by its name:
//! what a hypervisor offers beside that is left alone.
//!
//! Invariant: no byte is lost. A buffer that was read goes back to the device at once, and [`read`] is not called again
//! before what it gave was taken, so the device waits, and with it the sender.
#![allow(unsafe_code, reason = "hardware edge: buffers that a device reads")]

use super::pci;
use super::virtio::{self, Memory, NO_VECTOR, Wiring};
use crate::cpu::lock::Mutex;
use crate::cpu::time;
use crate::log::log;
use crate::machine::Tables;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use halt_devices::console::{Handshake, READY, queues};
use virtio_drivers::Error;
use virtio_drivers::queue::{OwningQueue, VirtQueue};
use virtio_drivers::transport::pci::bus::{DeviceFunction, DeviceFunctionInfo, PciRoot};
use virtio_drivers::transport::pci::{PciTransport, virtio_device_type};
use virtio_drivers::transport::{DeviceStatus, DeviceType, Transport};

/// The most bytes that come or go at once.
pub(super) const BUFFER_BYTES: usize = 4096;

/// The port that we drive: its number and name.
const PORT: u16 = 1;
const NAME: &[u8] = b"halt.port";
const CONTROL: (u16, u16) = (2, 3);
/// Where the device tells how many ports it may have.
const PORTS_MAX: usize = 4;

const MULTIPORT: u64 = 1 << 1;
const VERSION_1: u64 = 1 << 32;

/// Buffers in a queue; of control messages, which are short, and of what we send.
const BUFFERS: usize = 8;
const CONTROL_BUFFERS: usize = 16;
const CONTROL_BYTES: usize = 64;

/// How long a device may take none of what we send before the rest is dropped.
const PATIENCE_US: u64 = 1_000_000;

static CONSOLE: Mutex<Option<Console>> = Mutex::new(None);

struct Console {
    transport: PciTransport,
    handshake: Handshake,
    heard: OwningQueue<Memory, CONTROL_BUFFERS, CONTROL_BYTES>,
    said: Sender<BUFFERS, CONTROL_BYTES>,
    received: OwningQueue<Memory, BUFFERS, BUFFER_BYTES>,
    sent: Sender<BUFFERS, BUFFER_BYTES>,
    by_line: bool,
}

/// Finds the device, if there is one, and asks it for its ports.
pub(super) fn start(tables: &Tables, functions: &[(DeviceFunction, DeviceFunctionInfo)], vector: u8) {
    let mut root = PciRoot::new(pci::Ports);
    for (function, info) in functions {
        if virtio_device_type(info) == Some(DeviceType::Console) {
            match Console::start(&mut root, *function, tables, vector) {
                Ok(console) => {
                    *CONSOLE.lock() = Some(console);
                    return;
                }
                Err(problem) => log(format_args!("halt: virtio console {function}: {problem}")),
            }
        }
    }
}

/// Takes what the device has received next; returns how many bytes. Called with interrupts off.
pub(super) fn read(to: &mut [u8; BUFFER_BYTES]) -> usize {
    CONSOLE.lock().as_mut().and_then(|console| console.read(to).ok().flatten()).unwrap_or(0)
}

/// Sends bytes, if the port is open; else returns false. Drops the rest when nothing moves for a second.
pub(super) fn write(bytes: &[u8]) -> bool {
    for chunk in bytes.chunks(BUFFER_BYTES) {
        let since = time::now_us();
        loop {
            // The lock is let go between two tries: the interrupts of this core wait for it.
            let mut console = CONSOLE.lock();
            let Some(open) = console.as_mut().filter(|console| console.handshake.is_open()) else {
                return false;
            };
            if open.sent.send(&mut open.transport, chunk) {
                break;
            }
            drop(console);
            if time::now_us() - since > PATIENCE_US {
                return true;
            }
            core::hint::spin_loop();
        }
    }
    true
}

impl Console {
    fn start(
        root: &mut PciRoot<pci::Ports>,
        function: DeviceFunction,
        tables: &Tables,
        vector: u8,
    ) -> Result<Self, String> {
        let problem = |error: Error| format!("{error}");
        let mut transport = virtio::open(root, function)?;
        transport.set_status(DeviceStatus::empty());
        transport.set_status(DeviceStatus::ACKNOWLEDGE | DeviceStatus::DRIVER);
        let wanted = VERSION_1 | MULTIPORT;
        if transport.read_device_features() & wanted != wanted {
            return Err("it has one port only, which is not for us".into());
        }
        transport.write_driver_features(wanted);
        let status = DeviceStatus::ACKNOWLEDGE | DeviceStatus::DRIVER | DeviceStatus::FEATURES_OK;
        transport.set_status(status);
        if transport.read_config_space::<u32>(PORTS_MAX).map_err(problem)? <= PORT.into() {
            return Err("it has no port for us".into());
        }
        let (receives, sends) = queues(PORT);
        let queue = |number, transport: &mut PciTransport| VirtQueue::new(transport, number, false, false);
        let heard =
            OwningQueue::new(VirtQueue::new(&mut transport, CONTROL.0, false, false).map_err(problem)?);
        let received = OwningQueue::new(queue(receives, &mut transport).map_err(problem)?);
        let said = Sender::new(CONTROL.1, queue(CONTROL.1, &mut transport).map_err(problem)?);
        let sent = Sender::new(sends, queue(sends, &mut transport).map_err(problem)?);
        let messages = [(CONTROL.1, NO_VECTOR), (sends, NO_VECTOR), (CONTROL.0, 0), (receives, 0)];
        let wiring = virtio::wire(root, function, tables, vector, &messages);
        transport.set_status(status | DeviceStatus::DRIVER_OK);
        let mut console = Self {
            transport,
            handshake: Handshake::new(PORT.into(), NAME),
            heard: heard.map_err(problem)?,
            said,
            received: received.map_err(problem)?,
            sent,
            by_line: wiring == Wiring::Line,
        };
        for queue in [CONTROL.0, receives] {
            console.transport.notify(queue);
        }
        console.said.send(&mut console.transport, &READY);
        Ok(console)
    }

    fn read(&mut self, to: &mut [u8; BUFFER_BYTES]) -> virtio_drivers::Result<Option<usize>> {
        if self.by_line {
            self.transport.ack_interrupt();
        }
        // Bounded by what the device says: some messages for each of its ports.
        while let Some(answer) =
            self.heard.poll(&mut self.transport, |said| Ok(Some(self.handshake.hear(said))))?
        {
            if let Some(answer) = answer {
                self.said.send(&mut self.transport, &answer);
            }
        }
        self.received.poll(&mut self.transport, |bytes| {
            to[..bytes.len()].copy_from_slice(bytes);
            Ok(Some(bytes.len()))
        })
    }
}

/// A queue of what we send, and its buffers.
struct Sender<const COUNT: usize, const BYTES: usize> {
    number: u16,
    queue: VirtQueue<Memory, COUNT>,
    buffers: [Buffer<BYTES>; COUNT],
}

struct Buffer<const BYTES: usize> {
    bytes: Box<[u8; BYTES]>,
    length: usize,
    /// What the queue calls it while it has it.
    token: Option<u16>,
}

impl<const COUNT: usize, const BYTES: usize> Sender<COUNT, BYTES> {
    fn new(number: u16, mut queue: VirtQueue<Memory, COUNT>) -> Self {
        queue.set_dev_notify(false);
        let buffer = |_| Buffer { bytes: Box::new([0; BYTES]), length: 0, token: None };
        Self { number, queue, buffers: core::array::from_fn(buffer) }
    }

    /// Sends at most a buffer full; returns whether a buffer was free.
    fn send(&mut self, transport: &mut PciTransport, bytes: &[u8]) -> bool {
        self.reclaim();
        let Some(free) = self.buffers.iter_mut().find(|buffer| buffer.token.is_none()) else { return false };
        free.length = bytes.len();
        free.bytes[..free.length].copy_from_slice(bytes);
        // SAFETY: the buffer lives as long as the queue, and is not touched until `reclaim` has it back.
        free.token = unsafe { self.queue.add(&[&free.bytes[..free.length]], &mut []) }.ok();
        if self.queue.should_notify() {
            transport.notify(self.number);
        }
        free.token.is_some()
    }

    /// Takes back what the device has read.
    fn reclaim(&mut self) {
        while let Some(token) = self.queue.peek_used()
            && let Some(buffer) = self.buffers.iter_mut().find(|buffer| buffer.token == Some(token))
        {
            // SAFETY: the same buffer that was added under this token.
            let taken = unsafe { self.queue.pop_used(token, &[&buffer.bytes[..buffer.length]], &mut []) };
            if taken.is_err() {
                return;
            }
            buffer.token = None;
        }
    }
}
