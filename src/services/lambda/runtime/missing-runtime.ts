/** The machine lacks what the runtime needs; `message` says what, and how to get it. */
export class MissingRuntime extends Error {}
