;; clojure.zip: a place in a tree, from which one moves and edits without losing the rest.
;;
;; A place is [node above]: `above` is nil at the root, :end after the last step of next, else a map with the siblings to
;; the left (:l, a vector) and to the right (:r, a sequence), the parent's node (:parent), what is above that (:above), and
;; whether something below the parent was edited (:edited). How nodes branch is in the place's metadata.
(ns clojure.zip
  (:refer-clojure :exclude [next remove replace]))

(defn zipper "Returns the root's place of a tree: branch? tells whether a node can have children, make-node makes one anew."
  [branch? children make-node root]
  (with-meta [root nil] {:zip/branch? branch? :zip/children children :zip/make-node make-node}))

(defn seq-zip "Returns the root's place of nested sequences." [root]
  (zipper seq? identity (fn [node children] (with-meta children (meta node))) root))

(defn vector-zip "Returns the root's place of nested vectors." [root]
  (zipper vector? seq (fn [node children] (with-meta (vec children) (meta node))) root))

(defn xml-zip "Returns the root's place of XML elements: maps with :content." [root]
  (zipper (fn [node] (not (string? node)))
          (fn [node] (seq (:content node)))
          (fn [node children] (assoc node :content (and children (vec children))))
          root))

(defn node "Returns the node at a place." [loc] (nth loc 0))
(defn above* [loc] (let [a (nth loc 1)] (if (map? a) a nil)))
(defn at* [loc node above] (with-meta [node above] (meta loc)))

(defn branch? "Returns true if the node at a place can have children." [loc] ((:zip/branch? (meta loc)) (node loc)))
(defn children "Returns the children of the node at a place, which must be a branch." [loc]
  (if (branch? loc)
    ((:zip/children (meta loc)) (node loc))
    (throw (ex-info "called children on a leaf node" {}))))
(defn make-node "Returns a node like a given one with these children." [loc node children]
  ((:zip/make-node (meta loc)) node children))
(defn path "Returns the nodes that lead to a place, from the root on; nil at the root." [loc]
  (loop [a (above* loc) nodes nil]
    (if a (recur (:above a) (cons (:parent a) nodes)) (and nodes (vec nodes)))))
(defn lefts "Returns the siblings to the left of a place, or nil." [loc] (seq (:l (above* loc))))
(defn rights "Returns the siblings to the right of a place, or nil." [loc] (seq (:r (above* loc))))

(defn down "Moves to the first child, or returns nil." [loc]
  (if (branch? loc)
    (let [cs (seq (children loc))]
      (if cs
        (at* loc (first cs)
             {:l [] :r (clojure.core/next cs) :parent (node loc) :above (above* loc) :edited false})
        nil))
    nil))

(defn up "Moves to the parent, made anew if something below it was edited; nil at the root." [loc]
  (let [a (above* loc)]
    (cond
      (nil? a) nil
      (:edited a)
      (at* loc
           (make-node loc (:parent a) (concat (:l a) (cons (node loc) (:r a))))
           (if (:above a) (assoc (:above a) :edited true) nil))
      :else (at* loc (:parent a) (:above a)))))

(defn end? "Returns true if next has gone through the whole tree." [loc] (= :end (nth loc 1)))

(defn root "Returns the root's node, with all edits." [loc]
  (if (end? loc)
    (node loc)
    (let [p (up loc)] (if p (recur p) (node loc)))))

(defn right "Moves to the sibling on the right, or returns nil." [loc]
  (let [a (above* loc)]
    (if (and a (:r a))
      (at* loc (first (:r a)) (assoc a :l (conj (:l a) (node loc)) :r (clojure.core/next (:r a))))
      nil)))

(defn left "Moves to the sibling on the left, or returns nil." [loc]
  (let [a (above* loc)]
    (if (and a (seq (:l a)))
      (at* loc (peek (:l a)) (assoc a :l (pop (:l a)) :r (cons (node loc) (:r a))))
      nil)))

(defn rightmost "Moves to the last sibling." [loc]
  (let [a (above* loc)]
    (if (and a (:r a))
      (at* loc (last (:r a)) (assoc a :l (into (conj (:l a) (node loc)) (butlast (:r a))) :r nil))
      loc)))

(defn leftmost "Moves to the first sibling." [loc]
  (let [a (above* loc)]
    (if (and a (seq (:l a)))
      (at* loc (first (:l a)) (assoc a :l [] :r (concat (rest (:l a)) (cons (node loc) (:r a)))))
      loc)))

(defn edited* [loc node a] (at* loc node (if a (assoc a :edited true) nil)))

(defn replace "Puts another node in a place." [loc node] (edited* loc node (above* loc)))
(defn edit "Puts (f node & args) in a place." [loc f & args] (replace loc (apply f (node loc) args)))

(defn insert-left "Adds a sibling on the left, without moving." [loc item]
  (let [a (above* loc)]
    (if a
      (edited* loc (node loc) (assoc a :l (conj (:l a) item)))
      (throw (ex-info "insert at the top" {})))))
(defn insert-right "Adds a sibling on the right, without moving." [loc item]
  (let [a (above* loc)]
    (if a
      (edited* loc (node loc) (assoc a :r (cons item (:r a))))
      (throw (ex-info "insert at the top" {})))))
(defn insert-child "Adds a first child, without moving." [loc item]
  (replace loc (make-node loc (node loc) (cons item (children loc)))))
(defn append-child "Adds a last child, without moving." [loc item]
  (replace loc (make-node loc (node loc) (concat (children loc) [item]))))

(defn next "Moves on in the order of a walk, parents first. After the last node: a place for which end? is true." [loc]
  (if (end? loc)
    loc
    (or (and (branch? loc) (down loc))
        (right loc)
        (loop [p loc]
          (let [parent (up p)]
            (if parent
              (or (right parent) (recur parent))
              (at* p (node p) :end)))))))

(defn last-below* [loc]
  (let [child (and (branch? loc) (down loc))]
    (if child (recur (rightmost child)) loc)))

(defn prev "Moves back in the order of a walk, or returns nil at the root." [loc]
  (let [l (left loc)] (if l (last-below* l) (up loc))))

(defn remove "Takes the node out. Moves to the place before it in a walk." [loc]
  (let [a (above* loc)]
    (cond
      (nil? a) (throw (ex-info "remove at the top" {}))
      (seq (:l a)) (last-below* (at* loc (peek (:l a)) (assoc a :l (pop (:l a)) :edited true)))
      :else (at* loc
                 (make-node loc (:parent a) (:r a))
                 (if (:above a) (assoc (:above a) :edited true) nil)))))
