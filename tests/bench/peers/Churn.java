// A peer of `churn`: a persistent trie of 32-way branches, on whichever collector the command line chooses.
// Reads lines "NAME COUNT [LIVE]", answers each with "VALUE CHECK".
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;

public class Churn {
    static final class Leaf {
        final long key;
        final long number;

        Leaf(long key, long number) {
            this.key = key;
            this.number = number;
        }
    }

    /** The children that exist, in the order of their bits. A child is a leaf or a branch. */
    static final class Branch {
        final int bits;
        final Object[] children;

        Branch(int bits, Object[] children) {
            this.bits = bits;
            this.children = children;
        }
    }

    static long scatter(long n) {
        n = (n & 0x7FFFFFFFL) * 0x9E3779BL & 0x7FFFFFFFL;
        n = (n ^ n >> 15) * 0x85EBCA7L & 0x7FFFFFFFL;
        n = (n ^ n >> 13) * 0xC2B2AE3L & 0x7FFFFFFFL;
        return n ^ n >> 16;
    }

    static long place(long n, long size) {
        return scatter(n + 0x12345678L) % size;
    }

    /** The branch with a leaf at its key. Keys are spread already: they are their own hash. */
    static Branch with(Branch branch, int shift, Leaf leaf) {
        int bit = 1 << (leaf.key >>> shift & 31);
        int at = Integer.bitCount(branch.bits & bit - 1);
        if ((branch.bits & bit) == 0) {
            Object[] children = new Object[branch.children.length + 1];
            System.arraycopy(branch.children, 0, children, 0, at);
            children[at] = leaf;
            System.arraycopy(branch.children, at, children, at + 1, branch.children.length - at);
            return new Branch(branch.bits | bit, children);
        }
        Object[] children = branch.children.clone();
        Object child = children[at];
        if (child instanceof Branch) {
            children[at] = with((Branch) child, shift + 5, leaf);
        } else if (((Leaf) child).key == leaf.key) {
            children[at] = leaf;
        } else {
            children[at] = with(with(EMPTY, shift + 5, (Leaf) child), shift + 5, leaf);
        }
        return new Branch(branch.bits, children);
    }

    static long at(Object node, long key) {
        for (int shift = 0; node instanceof Branch; shift += 5) {
            Branch branch = (Branch) node;
            int bit = 1 << (key >>> shift & 31);
            node = branch.children[Integer.bitCount(branch.bits & bit - 1)];
        }
        return ((Leaf) node).number;
    }

    static final Branch EMPTY = new Branch(0, new Object[0]);

    public static void main(String[] words) throws Exception {
        var machine = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var in = new BufferedReader(new InputStreamReader(System.in));
        Branch map = EMPTY;
        for (String line; (line = in.readLine()) != null;) {
            String[] request = line.split(" ");
            long count = Long.parseLong(request[1]);
            long live = Long.parseLong(request[2]);
            if (map == EMPTY) {
                for (long n = 0; n < live; n++) {
                    map = with(map, 0, new Leaf(scatter(n), n));
                }
            }
            long start = machine.getProcessCpuTime();
            for (long n = 0; n < count; n++) {
                map = with(map, 0, new Leaf(scatter(place(n, live)), n));
            }
            double seconds = (machine.getProcessCpuTime() - start) / 1e9;
            long check = 0;
            for (long n = 0; n < Math.min(count, 1000); n++) {
                check += at(map, scatter(place(n, live)));
            }
            System.out.println(count / seconds + " " + check);
        }
    }
}
