(* A peer of `churn`: a persistent trie of 32-way branches.
   Reads lines "NAME COUNT LIVE", answers each with "VALUE CHECK". *)

type leaf = { key : int; number : int }

(* The children that exist, in the order of their bits. *)
type node = Leaf of leaf | Branch of int * node array

let mask = 0x7FFFFFFF

let scatter n =
  let n = ((n land mask) * 0x9E3779B) land mask in
  let n = ((n lxor (n lsr 15)) * 0x85EBCA7) land mask in
  let n = ((n lxor (n lsr 13)) * 0xC2B2AE3) land mask in
  n lxor (n lsr 16)

let place n size = scatter (n + 0x12345678) mod size

let ones n =
  let n = n - ((n lsr 1) land 0x55555555) in
  let n = (n land 0x33333333) + ((n lsr 2) land 0x33333333) in
  let n = (n + (n lsr 4)) land 0x0F0F0F0F in
  ((n * 0x01010101) lsr 24) land 0xFF

(* Keys are spread already: they are their own hash. *)
let rec add bits children shift leaf =
  let bit = 1 lsl ((leaf.key lsr shift) land 31) in
  let at = ones (bits land (bit - 1)) in
  let count = Array.length children in
  if bits land bit = 0 then begin
    let more = Array.make (count + 1) (Leaf leaf) in
    Array.blit children 0 more 0 at;
    Array.blit children at more (at + 1) (count - at);
    Branch (bits lor bit, more)
  end else begin
    let child =
      match Array.unsafe_get children at with
      | Branch (bits, children) -> add bits children (shift + 5) leaf
      | Leaf old when old.key = leaf.key -> Leaf leaf
      | Leaf old -> (
          match add 0 [||] (shift + 5) old with
          | Branch (bits, children) -> add bits children (shift + 5) leaf
          | Leaf _ -> assert false)
    in
    let copy = Array.sub children 0 count in
    Array.unsafe_set copy at child;
    Branch (bits, copy)
  end

let add map leaf = match map with Branch (bits, children) -> add bits children 0 leaf | Leaf _ -> map

let rec number_at node shift key =
  match node with
  | Leaf leaf -> leaf.number
  | Branch (bits, children) ->
      let bit = 1 lsl ((key lsr shift) land 31) in
      number_at children.(ones (bits land (bit - 1))) (shift + 5) key

let () =
  let map = ref (Branch (0, [||])) in
  let is_filled = ref false in
  try
    while true do
      Scanf.sscanf (input_line stdin) "%s %d %d" (fun _ count live ->
          if not !is_filled then
            for n = 0 to live - 1 do
              map := add !map { key = scatter n; number = n }
            done;
          is_filled := true;
          let start = Sys.time () in
          for n = 0 to count - 1 do
            map := add !map { key = scatter (place n live); number = n }
          done;
          let seconds = Sys.time () -. start in
          let check = ref 0 in
          for n = 0 to min count 1000 - 1 do
            check := !check + number_at !map 0 (scatter (place n live))
          done;
          Printf.printf "%f %d\n%!" (float count /. seconds) !check)
    done
  with End_of_file -> ()
