// The first counterexample is enough to tell a mutant.

import fc from "fast-check";

fc.configureGlobal({ endOnFailure: true });
