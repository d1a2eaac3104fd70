// A page whose clock moves only when all else waits: then it goes on to the next timer. Prints what each call comes to,
// the milliseconds that it asks timers for, and those that pass. A panic ends a call with an error of JavaScript.
const [path, random, ...names] = process.argv.slice(2);

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

const tell = async name => {
    // A module that has panicked is not used again.
    delete require.cache[require.resolve(path)];
    const call = require(path)[name];
    try {
        return await call();
    } catch {
        return "panic";
    }
};

const goOn = name => {
    if (timers.length === 0) throw Error(`${name} waits for nothing`);
    const next = timers.reduce((one, other) => (other.due < one.due ? other : one));
    clearTimeout(next);
    now = next.due;
    next.call();
};

(async () => {
    for (const name of names) {
        [now, timers, asked] = [begun, [], []];
        let answer;
        tell(name).then(told => { answer = told; });
        for (;;) {
            // All that can go on now has gone on before this comes back.
            await new Promise(setImmediate);
            if (answer !== undefined) break;
            goOn(name);
        }
        console.log(`${name}: ${answer}; [${asked}], ${now - begun} passed`);
    }
})();
