//! halt-lisp.
#![no_std]
