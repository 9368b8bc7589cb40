// Why there is no connection.

/** The server said no, in its own words. */
export class Refused extends Error {
  constructor(what, todo) {
    super(what);
    this.todo = todo;
  }
}

/** No connection came about; another try may do better, and go on with `session` if the server has opened one. */
export class Unreachable extends Error {
  constructor(why, session = '') {
    super(why);
    this.session = session;
  }
}
