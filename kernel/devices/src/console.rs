//! The control messages of a virtio console with several ports: how the one that is meant for us is found and opened.
//!
//! Enter at [`Handshake::hear`], after the device was told [`READY`]. A message is the port's number (32 bits), what it is
//! about and a value (16 bits each), little-endian; a name comes with text after that.
//!
//! Invariant: no message that a device may send, broken ones included, opens another port than the one that is asked for.

/// The first message to the device: that there is a driver.
pub const READY: Message = message(0, DEVICE_READY, 1);

/// A message to the device.
pub type Message = [u8; 8];

const DEVICE_READY: u16 = 0;
const PORT_ADD: u16 = 1;
const PORT_READY: u16 = 3;
const PORT_NAME: u16 = 7;
const PORT_OPEN: u16 = 6;

const fn message(port: u32, about: u16, value: u16) -> Message {
    let ([a, b, c, d], [e, f], [g, h]) = (port.to_le_bytes(), about.to_le_bytes(), value.to_le_bytes());
    [a, b, c, d, e, f, g, h]
}

/// The queues of a port: what it sends to us, and what we send to it.
pub const fn queues(port: u16) -> (u16, u16) {
    // Queues 2 and 3 are those of the control messages.
    if port == 0 { (0, 1) } else { (2 + 2 * port, 3 + 2 * port) }
}

/// Looks for one port.
#[derive(Debug)]
pub struct Handshake {
    port: u32,
    name: &'static [u8],
    is_open: bool,
}

impl Handshake {
    /// Looks for the port with this number, if that bears this name.
    pub const fn new(port: u32, name: &'static [u8]) -> Self {
        Self { port, name, is_open: false }
    }

    /// Whether the port was found and opened.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Hears a message of the device; returns what to answer, if anything.
    pub fn hear(&mut self, said: &[u8]) -> Option<Message> {
        let (head, text) = said.split_first_chunk::<8>()?;
        let [a, b, c, d, e, f, ..] = *head;
        if u32::from_le_bytes([a, b, c, d]) != self.port {
            return None;
        }
        match u16::from_le_bytes([e, f]) {
            // Then it tells the name.
            PORT_ADD => Some(message(self.port, PORT_READY, 1)),
            // Some devices end the name with a zero.
            PORT_NAME if text.strip_suffix(&[0]).unwrap_or(text) == self.name => {
                self.is_open = true;
                Some(message(self.port, PORT_OPEN, 1))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn heard(said: &[&[u8]]) -> (Vec<Message>, bool) {
        let mut handshake = Handshake::new(1, b"ours");
        let answers = said.iter().filter_map(|said| handshake.hear(said)).collect();
        (answers, handshake.is_open())
    }

    fn named(port: u32, name: &[u8]) -> Vec<u8> {
        [&message(port, PORT_NAME, 1), name].concat()
    }

    #[test]
    fn port_is_opened_once_its_name_is_known() {
        let added = message(1, PORT_ADD, 1);
        let ready = message(1, PORT_READY, 1);
        assert_eq!(heard(&[&added]), (Vec::from([ready]), false));
        let open = message(1, PORT_OPEN, 1);
        for name in [&b"ours"[..], b"ours\0"] {
            assert_eq!(heard(&[&added, &named(1, name), &open]), (Vec::from([ready, open]), true));
        }
    }

    #[test]
    fn other_ports_and_broken_messages_are_passed_over() {
        let other = message(2, PORT_ADD, 1);
        let names = [named(1, b""), named(1, b"our"), named(1, b"ours\0\0"), named(2, b"ours")];
        let said: Vec<&[u8]> =
            [&other[..], &[], &other[..7]].into_iter().chain(names.iter().map(Vec::as_slice)).collect();
        assert_eq!(heard(&said), (Vec::new(), false));
    }

    #[test]
    fn numbers_of_queues() {
        assert_eq!([queues(0), queues(1), queues(2)], [(0, 1), (4, 5), (6, 7)]);
    }
}
