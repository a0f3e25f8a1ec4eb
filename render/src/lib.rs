//! halt-render.
#![no_std]
