//! QEMU's control socket (QMP): commands out, answers in, events skipped.
//!
//! Enter at [`Qmp::connect`] and [`Qmp::execute`].

use crate::error::{Error, Result, naming};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Every command is answered at once, save screen dumps on a busy machine.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// An open control socket.
#[derive(Debug)]
pub struct Qmp {
    input: BufReader<UnixStream>,
    output: UnixStream,
}

impl Qmp {
    /// Connects and leaves the negotiation mode.
    pub fn connect(socket: &Path) -> Result<Self> {
        let output = UnixStream::connect(socket).map_err(naming("QMP"))?;
        output.set_read_timeout(Some(ANSWER_WITHIN)).map_err(naming("QMP"))?;
        let input = BufReader::new(output.try_clone().map_err(naming("QMP"))?);
        let mut qmp = Self { input, output };
        let greeting = qmp.read()?;
        if greeting.get("QMP").is_none() {
            return Err(Error::failed(format!("QMP: unexpected greeting {greeting}")));
        }
        qmp.execute("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Runs a command and returns its answer.
    pub fn execute(&mut self, command: &str, arguments: Value) -> Result<Value> {
        let mut request = json!({ "execute": command, "arguments": arguments }).to_string();
        request.push('\n');
        self.output.write_all(request.as_bytes()).map_err(naming("QMP"))?;
        loop {
            let mut answer = self.read()?;
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            } else if let Some(error) = answer.get("error") {
                let text = error["desc"].as_str().unwrap_or("no description");
                return Err(Error::failed(format!("QMP {command}: {text}")));
            }
            // Else an event; nobody here waits for one.
        }
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(0) => Err(Error::failed("QMP: QEMU has ended")),
            Ok(_) => serde_json::from_str(&line).map_err(naming("QMP")),
            Err(error) => Err(Error::failed(format!("QMP: {error}"))),
        }
    }
}
