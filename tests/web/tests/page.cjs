// A page whose clock moves only when all else waits: then it goes on to the next timer. Prints what each call comes to,
// the milliseconds that it asks timers for, and those that pass.
const [module_, random, ...names] = process.argv.slice(2);

const begun = Date.UTC(2026, 0, 1);
let now = begun, timers = [], asked = [];
Date.now = () => now;
performance.now = () => now - begun;
Math.random = () => Number(random);
globalThis.setTimeout = (call, wait) => {
    asked.push(wait);
    const timer = { call, due: now + wait };
    timers.push(timer);
    return timer;
};
globalThis.clearTimeout = timer => { timers = timers.filter(other => other !== timer); };

const goOn = () => {
    if (timers.length === 0) return;
    const next = timers.reduce((one, other) => (other.due < one.due ? other : one));
    clearTimeout(next);
    now = next.due;
    next.call();
    setImmediate(goOn);
};

(async () => {
    const calls = require(module_);
    for (const name of names) {
        [asked, timers] = [[], []];
        const started = now;
        setImmediate(goOn);
        const answer = await calls[name]();
        console.log(`${name}: ${answer}; [${asked}], ${now - started} passed`);
        now = begun;
    }
})();
