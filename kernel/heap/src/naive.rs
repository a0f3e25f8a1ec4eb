//! Flat collections, to build on until the persistent ones replace this file.
//! Whoever adds `vector.rs`, `map.rs` and the rest deletes it.
use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use alloc::vec::Vec;
type R<T> = Result<T, OutOfMemory>;
#[allow(missing_docs)]
impl<'s> Scope<'s> {
    pub fn string(self, t: &str) -> R<Value<'s>> {
        let b = t.as_bytes();
        let mut w = alloc::vec![b.len() as u64];
        for c in b.chunks(8) { let mut x = [0u8; 8]; x[..c.len()].copy_from_slice(c); w.push(u64::from_le_bytes(x)); }
        self.raw_object(Kind::String, &w)
    }
    #[allow(unsafe_code)]
    pub fn as_str(self, v: Value<'s>) -> Option<&'s str> {
        let w = self.payload_of(v, Kind::String)?;
        // SAFETY: temporary.
        let b = unsafe { core::slice::from_raw_parts(w[1..].as_ptr().cast::<u8>(), w[0] as usize) };
        core::str::from_utf8(b).ok()
    }
    pub fn as_bytes(self, v: Value<'s>) -> Option<&'s [u8]> { let _ = v; None }
    pub fn pair(self, a: Value<'s>, b: Value<'s>) -> R<Value<'s>> { self.values_object(Kind::Pair, &[a, b, Value::NIL]) }
    pub fn list(self, x: &[Value<'s>]) -> R<Value<'s>> {
        let mut l = Value::EMPTY_LIST;
        for v in x.iter().rev() { l = self.pair(*v, l)?; }
        Ok(l)
    }
    pub fn first_of(self, p: Value<'s>) -> Value<'s> { self.values_of(p)[0] }
    pub fn rest_of(self, p: Value<'s>) -> Value<'s> { self.values_of(p)[1] }
    pub fn list_iter(self, v: Value<'s>) -> impl Iterator<Item = Value<'s>> {
        let mut at = v;
        core::iter::from_fn(move || { if self.kind(at) != Kind::Pair { return None; } let x = self.first_of(at); at = self.rest_of(at); Some(x) })
    }
    pub fn list_count(self, v: Value<'s>) -> Option<usize> { Some(self.list_iter(v).count()) }
    fn flat(self, v: Value<'s>) -> &'s [Value<'s>] { &self.values_of(v)[1..] }
    fn mk(self, k: Kind, x: &[Value<'s>]) -> R<Value<'s>> { let mut v = alloc::vec![Value::NIL]; v.extend(x); self.values_object(k, &v) }
    pub fn vector(self, x: &[Value<'s>]) -> R<Value<'s>> { self.mk(Kind::Vector, x) }
    pub fn vector_count(self, v: Value<'s>) -> usize { self.flat(v).len() }
    pub fn vector_get(self, v: Value<'s>, i: usize) -> Option<Value<'s>> { self.flat(v).get(i).copied() }
    pub fn vector_push(self, v: Value<'s>, x: Value<'s>) -> R<Value<'s>> { let mut f = self.flat(v).to_vec(); f.push(x); self.vector(&f) }
    pub fn vector_iter(self, v: Value<'s>) -> impl DoubleEndedIterator<Item = Value<'s>> + ExactSizeIterator { self.flat(v).iter().copied() }
    pub fn empty_map(self) -> Value<'s> { self.mk(Kind::Map, &[]).unwrap() }
    pub fn map(self, x: &[(Value<'s>, Value<'s>)]) -> R<Value<'s>> { let mut m = self.empty_map(); for (k, v) in x { m = self.map_assoc(m, *k, *v)?; } Ok(m) }
    pub fn map_count(self, m: Value<'s>) -> usize { self.flat(m).len() / 2 }
    pub fn map_iter(self, m: Value<'s>) -> impl Iterator<Item = (Value<'s>, Value<'s>)> { self.flat(m).chunks(2).map(|c| (c[0], c[1])) }
    pub fn map_get(self, m: Value<'s>, k: Value<'s>) -> Option<Value<'s>> { self.map_iter(m).find(|e| self.equal(e.0, k)).map(|e| e.1) }
    pub fn map_assoc(self, m: Value<'s>, k: Value<'s>, v: Value<'s>) -> R<Value<'s>> {
        let mut f = self.flat(m).to_vec();
        match self.map_iter(m).position(|e| self.equal(e.0, k)) { Some(i) => f[i * 2 + 1] = v, None => f.extend([k, v]) }
        self.mk(Kind::Map, &f)
    }
    pub fn map_merge(self, a: Value<'s>, b: Value<'s>) -> R<Value<'s>> { let mut m = a; for (k, v) in self.map_iter(b) { m = self.map_assoc(m, k, v)?; } Ok(m) }
    pub fn empty_set(self) -> Value<'s> { self.mk(Kind::Set, &[]).unwrap() }
    pub fn set(self, x: &[Value<'s>]) -> R<Value<'s>> { let mut m = self.empty_set(); for v in x { m = self.set_conj(m, *v)?; } Ok(m) }
    pub fn set_count(self, m: Value<'s>) -> usize { self.flat(m).len() }
    pub fn set_iter(self, m: Value<'s>) -> impl Iterator<Item = Value<'s>> { self.flat(m).iter().copied() }
    pub fn set_contains(self, m: Value<'s>, k: Value<'s>) -> bool { self.set_get(m, k).is_some() }
    pub fn set_get(self, m: Value<'s>, k: Value<'s>) -> Option<Value<'s>> { self.set_iter(m).find(|e| self.equal(*e, k)) }
    pub fn set_conj(self, m: Value<'s>, k: Value<'s>) -> R<Value<'s>> { if self.set_contains(m, k) { return Ok(m); } let mut f = self.flat(m).to_vec(); f.push(k); self.mk(Kind::Set, &f) }
    pub fn meta(self, v: Value<'s>) -> Value<'s> { match self.kind(v) { Kind::Pair => self.values_of(v)[2], Kind::Vector | Kind::Map | Kind::Set => self.values_of(v)[0], _ => Value::NIL } }
    pub fn with_meta(self, v: Value<'s>, m: Value<'s>) -> R<Value<'s>> {
        let i = match self.kind(v) { Kind::Pair => 2, Kind::Vector | Kind::Map | Kind::Set => 0, _ => return Ok(v) };
        let mut f: Vec<_> = self.values_of(v).to_vec(); f[i] = m; self.values_object(self.kind(v), &f)
    }
    pub fn equal(self, a: Value<'s>, b: Value<'s>) -> bool {
        if a.is_identical(b) { return true; }
        let (x, y) = (self.kind(a), self.kind(b));
        let seq = |k| matches!(k, Kind::Pair | Kind::Vector | Kind::EmptyList);
        if seq(x) && seq(y) {
            let it = |v, k| -> Vec<Value<'s>> { if k == Kind::Vector { self.vector_iter(v).collect() } else { self.list_iter(v).collect() } };
            let (l, r) = (it(a, x), it(b, y));
            return l.len() == r.len() && l.iter().zip(&r).all(|(p, q)| self.equal(*p, *q));
        }
        if x != y { return false; }
        match x {
            Kind::String => self.as_str(a) == self.as_str(b),
            Kind::Int => self.as_int(a) == self.as_int(b),
            Kind::Float => self.as_float(a) == self.as_float(b),
            Kind::Map => self.map_count(a) == self.map_count(b) && self.map_iter(a).all(|(k, v)| self.map_get(b, k).is_some_and(|w| self.equal(v, w))),
            Kind::Set => self.set_count(a) == self.set_count(b) && self.set_iter(a).all(|v| self.set_contains(b, v)),
            _ => false,
        }
    }
}
