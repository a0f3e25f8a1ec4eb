//! Plays scripts.
//!
//! Enter at [`play`]. The player knows a [`Stage`], not QEMU; what a desktop is that is driven through input and a
//! development port, [`Desktop`] says.

use crate::error::{Error, Result};
use crate::golden;
use crate::input::{Button, Gesture, Point};
use crate::machine::Size;
use crate::picture::{Area, Picture};
use crate::port::Answer;
use crate::script::{self, Line, Step};
use halt_host::halt_system::InputEvent;
use std::str::FromStr;
use std::time::Duration;

/// A running desktop that a script can be played to.
pub trait Stage {
    /// Plays a gesture and returns when the desktop has handled it.
    fn play(&mut self, gesture: &Gesture) -> Result<()>;
    /// Evaluates an expression in the running system.
    fn lisp(&mut self, expression: &str) -> Result<String>;
    /// Takes a picture.
    fn picture(&mut self) -> Result<Picture>;
}

/// A running desktop, wherever it runs.
pub trait Desktop {
    /// The size of the screen.
    fn size(&self) -> Size;
    /// Makes a request of the development port.
    fn request(&mut self, verb: &str, payload: &str) -> Result<Answer>;
    /// Sends one batch of events without waiting for the system to handle it.
    fn send_input(&mut self, events: &[InputEvent]) -> Result<()>;
    /// Takes a picture of the screen as it is now.
    fn raw_picture(&mut self) -> Result<Picture>;

    /// Waits until everything that was sent is handled and painted.
    fn sync(&mut self) -> Result<()> {
        self.request("sync", "")?.map(|_| ()).map_err(Error::failed)
    }

    /// The system's figures, as one line of JSON.
    fn stats(&mut self) -> Result<String> {
        self.request("stats", "")?.map_err(Error::failed)
    }
}

impl<D: Desktop> Stage for D {
    fn play(&mut self, gesture: &Gesture) -> Result<()> {
        for batch in gesture.batches(self.size()) {
            self.send_input(&batch)?;
            self.sync()?;
        }
        Ok(())
    }

    fn lisp(&mut self, expression: &str) -> Result<String> {
        self.request("eval", expression)?.map_err(Error::failed)
    }

    fn picture(&mut self) -> Result<Picture> {
        self.sync()?;
        self.lisp("(halt.port/await-still)")?;
        self.sync()?;
        self.raw_picture()
    }
}

/// Closes every window, so that an app's state is that of its only one, and opens an app.
pub fn open_alone(desktop: &mut impl Desktop, name: &str) -> Result<()> {
    let close = script::parse("close", "key alt+f4")?;
    while desktop.lisp("(count @running-apps)")? != "0" {
        play(desktop, &close, |_| {})?;
    }
    desktop.lisp(&format!("(open-app {name:?})"))?;
    // It is loaded by a process of its own.
    let shown = format!("(loop [] (if (app-state {name:?}) true (do (sleep 20) (recur))))");
    desktop.lisp(&shown)?;
    desktop.sync()
}

/// Plays every line in order; values go to `print`. Stops at the first failure, which names its line.
pub fn play(stage: &mut impl Stage, script: &[Line], mut print: impl FnMut(&str)) -> Result<()> {
    let mut last = None;
    for line in script {
        let outcome = match &line.step {
            Step::Wait(time) => {
                std::thread::sleep(*time);
                Ok(())
            }
            Step::Play(gesture) => stage.play(gesture),
            Step::Press(what) => press(stage, what),
            Step::See(text) => patiently(stage, &format!("(halt.port/see {text:?})")).map(|_| ()),
            Step::Lisp(expression) => stage.lisp(expression).map(|value| {
                print(&value);
                last = Some(value);
            }),
            Step::Expect(text) => expect(last.as_deref(), text),
            Step::Shot(path) => stage.picture().and_then(|picture| picture.write_png(path)),
            Step::Golden(name) => looks_golden(stage, name),
        };
        outcome.map_err(|error| error.within(&line.place))?;
    }
    Ok(())
}

/// How often, and how long apart, the front window is looked at before it is said not to show something.
const LOOKS: u32 = 400;
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Evaluates until it succeeds: what an app shows comes when its processes have done their work.
fn patiently(stage: &mut impl Stage, expression: &str) -> Result<String> {
    for _ in 1..LOOKS {
        if let Ok(value) = stage.lisp(expression) {
            return Ok(value);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    stage.lisp(expression)
}

/// The numbers in a printed vector; nothing when there is anything else in it, or numbers that the type has not.
pub fn numbers<N: FromStr>(vector: &str) -> Option<Vec<N>> {
    vector.trim_matches(['[', ']']).split_whitespace().map(|number| number.parse().ok()).collect()
}

/// How often the pointer follows a part that has moved since it was looked up.
const FOLLOWS: u32 = 20;

/// Clicks on a part of the front window, wherever it is: the picture that answers the line before may still be coming.
fn press(stage: &mut impl Stage, what: &str) -> Result<()> {
    let find = format!("(halt.port/place-of {what:?})");
    let mut place = patiently(stage, &find)?;
    for _ in 0..FOLLOWS {
        match numbers(&place).as_deref() {
            Some(&[x, y]) => stage.play(&Gesture::Move(Point { x, y }))?,
            _ => return Err(Error::failed(format!("`{what}` is outside of the screen, at {place}"))),
        }
        let now = patiently(stage, &find)?;
        if now == place {
            return stage.play(&Gesture::Click(Button::Left));
        }
        place = now;
    }
    Err(Error::failed(format!("`{what}` moves on and on, now at {place}")))
}

/// The themes that golden pictures are taken in.
const THEMES: [&str; 2] = ["light", "dark"];

/// Compares what the front window shows with its golden pictures; the last theme stays.
fn looks_golden(stage: &mut impl Stage, name: &str) -> Result<()> {
    let answer = stage.lisp("(halt.port/front-area)")?;
    let Some(&[x, y, width, height, right, bottom]) = numbers(&answer).as_deref() else {
        return Err(Error::failed(format!("the front window is not on the screen: {answer}")));
    };
    // Out of the way, where nothing shows that the pointer is over it.
    stage.play(&Gesture::Move(Point { x: right - 1, y: bottom - 1 }))?;
    for theme in THEMES {
        stage.lisp(&format!("(change-settings! {{:theme :{theme}}})"))?;
        let seen = stage.picture()?.crop(Area { x, y, width, height });
        golden::check(&format!("{name}-{theme}"), &seen)?;
    }
    Ok(())
}

fn expect(last: Option<&str>, text: &str) -> Result<()> {
    match last {
        Some(value) if value.contains(text) => Ok(()),
        Some(value) => Err(Error::failed(format!("expected `{text}` in `{value}`"))),
        None => Err(Error::failed(format!("expected `{text}`, but no value was printed before"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script;

    /// Writes down what is played, and evaluates an expression to itself. Of what is looked up, the place is another one
    /// as long as these last.
    #[derive(Default)]
    struct Notebook(Vec<Gesture>, Vec<&'static str>);

    impl Stage for Notebook {
        fn play(&mut self, gesture: &Gesture) -> Result<()> {
            self.0.push(gesture.clone());
            Ok(())
        }

        fn lisp(&mut self, expression: &str) -> Result<String> {
            match expression {
                "(oops)" => Err(Error::failed("port:1:1: no such name: oops")),
                _ if expression.starts_with("(halt.port/place-of") => {
                    Ok(if self.1.len() > 1 { self.1.remove(0) } else { self.1[0] }.to_string())
                }
                _ => Ok(expression.to_string()),
            }
        }

        fn picture(&mut self) -> Result<Picture> {
            Ok(Picture::filled(2, 2, [1, 2, 3]))
        }
    }

    fn check(text: &str, expected: std::result::Result<&str, &str>) {
        let mut printed = Vec::new();
        let script = script::parse("s", text).unwrap();
        let outcome = play(&mut Notebook::default(), &script, |value| printed.push(value.to_string()));
        let outcome = outcome.map(|()| printed.join("|")).map_err(|error| error.to_string());
        assert_eq!(outcome.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn values_are_printed_and_expected() {
        check("lisp (+ 1 2)\nexpect 1 2\nlisp 7", Ok("(+ 1 2)|7"));
        check("lisp 12\nexpect 13", Err("s:2: expected `13` in `12`"));
        check("expect 13", Err("s:1: expected `13`, but no value was printed before"));
        check("\nlisp (oops)\nlisp 1", Err("s:2: port:1:1: no such name: oops"));
    }

    #[test]
    fn gestures_are_played_in_order() {
        let mut stage = Notebook::default();
        let script = script::parse("s", "move 1 2\nclick\nwait 1\nscroll 1").unwrap();
        play(&mut stage, &script, |_| {}).unwrap();
        assert_eq!(stage.0.len(), 3);
        assert_eq!(stage.0[2], Gesture::Scroll(1));
    }

    #[test]
    fn what_moves_before_it_is_pressed_is_followed() {
        let mut stage = Notebook(Vec::new(), vec!["[1 2]", "[1 9]", "[1 9]"]);
        play(&mut stage, &script::parse("s", "press Run").unwrap(), |_| {}).unwrap();
        let [Gesture::Move(from), Gesture::Move(to), Gesture::Click(Button::Left)] = stage.0[..] else {
            panic!("{:?}", stage.0);
        };
        assert_eq!(((from.x, from.y), (to.x, to.y)), ((1, 2), (1, 9)));
    }

    #[test]
    fn a_picture_that_cannot_be_written_is_named() {
        check(
            "shot no/such/folder/a.png",
            Err("s:1: no/such/folder/a.png: No such file or directory (os error 2)"),
        );
    }
}
