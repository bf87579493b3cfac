// What a page's script does in a case: the acts of one frame, one after the other. Each gives back what the model gives.
async ([acts, watched]) => {
  const loaded = (element) => new Promise((done) => { element.onload = element.onerror = done; });

  const verbs = {
    async fetch({ url, method, headers, text, credentials }) {
      const body = text ? new TextEncoder().encode(text) : undefined; // bytes: a string would bring a Content-Type
      try {
        const answer = await fetch(url, { method, headers, body, credentials });
        const found = watched.filter((name) => answer.headers.get(name));
        return [answer.status, await answer.text(), Object.fromEntries(found.map((name) => [name, answer.headers.get(name)]))];
      } catch {
        return null;
      }
    },
    async load({ url, how }) {
      if (how === "fetch") {
        await fetch(url, { mode: "no-cors", credentials: "include" });
        return null;
      }
      const element = document.createElement(how === "style" ? "link" : how === "script" ? "script" : "img");
      element.rel = "stylesheet";
      element[how === "style" ? "href" : "src"] = url;
      const end = loaded(element);
      document.head.append(element);
      await end;
      return null;
    },
    async embed({ url }) {
      const frame = document.createElement("iframe");
      frame.src = url;
      const end = loaded(frame);
      document.body.append(frame);
      await end;
      return null;
    },
    follow({ url }) {
      const link = document.createElement("a");
      link.href = url;
      document.body.append(link);
      setTimeout(() => link.click());
      return null;
    },
    submit({ url, method, text }) {
      const form = document.createElement("form");
      form.method = method;
      form.action = url;
      const field = document.createElement("input");
      field.name = "field";
      field.value = text;
      form.append(field);
      document.body.append(form);
      setTimeout(() => form.submit());
      return null;
    },
    cookie: () => document.cookie,
    set_cookie({ text }) {
      document.cookie = text;
      return null;
    },
    keep({ text }) {
      localStorage.setItem("kept", text);
      return null;
    },
    kept: () => localStorage.getItem("kept"),
    reach({ text }) {
      let there = window.top;
      for (const number of text) there = there.frames[number];
      try {
        return Boolean(there.document);
      } catch {
        return false;
      }
    },
  };

  const results = [];
  for (const act of acts) results.push(await verbs[act.verb](act));
  return results;
}
