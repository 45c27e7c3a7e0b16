"""Past participles of English that do not end in -ed, as names of events use them, and words in -ed that are none."""

from __future__ import annotations

# From the usual lists of irregular verbs; those that are spelled like their infinitive (`put`, `cut`) are included.
IRREGULAR = frozenset(
    {
        *("arisen", "awoken", "beaten", "become", "begun", "bent", "bet", "bid", "bitten", "blown", "bought"),
        *("bound", "bred", "broadcast", "broken", "brought", "built", "burnt", "burst", "cast", "caught"),
        *("chosen", "come", "cost", "crept", "cut", "dealt", "done", "downcast", "drawn", "driven", "drunk"),
        *("dug", "eaten", "fallen", "fed", "felt", "fled", "flown", "forbidden", "forecast", "foregone"),
        *("foreseen", "forgiven", "forgotten", "forsaken", "fought", "found", "frozen", "given", "gone"),
        *("got", "gotten", "grown", "had", "heard", "held", "hidden", "hit", "hung", "hurt", "input", "kept"),
        *("known", "laid", "lain", "learnt", "led", "left", "lent", "let", "lit", "lost", "made", "meant"),
        *("met", "misread", "mistaken", "misunderstood", "offset", "outbid", "outdone", "outgrown"),
        *("overcome", "overdone", "overdrawn", "overridden", "overrun", "overseen", "overshot", "overtaken"),
        *("overthrown", "overwritten", "paid", "partaken", "preset", "proven", "put", "quit", "read"),
        *("rebound", "rebuilt", "redone", "redrawn", "relaid", "remade", "repaid", "reread", "rerun"),
        *("resent", "reset", "resold", "retaken", "retold", "rewound", "rewritten", "ridden", "risen", "run"),
        *("rung", "said", "sat", "seen", "sent", "set", "sewn", "shaken", "shed", "shone", "shot", "shown"),
        *("shrunk", "shut", "slept", "slid", "sold", "sought", "sown", "sped", "spent", "spilt", "split"),
        *("spoken", "spread", "sprung", "spun", "stolen", "stood", "stricken", "struck", "stuck", "sublet"),
        *("sung", "sunk", "swept", "swollen", "sworn", "swum", "swung", "taken", "taught", "thought"),
        *("thrown", "told", "torn", "trodden", "unbound", "undergone", "understood", "undertaken", "undone"),
        *("unfrozen", "unhidden", "unmade", "unset", "unwound", "upheld", "upset", "withdrawn", "withheld"),
        *("withstood", "woken", "won", "worn", "wound", "woven", "written"),
    }
)
NOT_PAST = frozenset(
    {
        *("bed", "bleed", "breed", "creed", "deed", "embed", "exceed", "feed", "greed", "heed", "need"),
        *("newsfeed", "proceed", "red", "reed", "seed", "shed", "speed", "steed", "succeed", "weed"),
    }
)
