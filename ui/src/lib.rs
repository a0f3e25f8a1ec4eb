//! halt-ui.
#![no_std]
