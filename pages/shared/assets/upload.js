// Sends files to the server one after the other and tells Python which ones have arrived.
// data: { address, most_bytes, too_large, hint }; state: stored = [{ receipt, upload_id }].

export default function upload(component) {
  const place = component.parentElement;
  place.uploader ??= uploader(place);
  place.uploader.now = component;
  place.querySelector(".hint").textContent = component.data.hint;
  return () => place.uploader.leave();
}

function uploader(place) {
  const zone = place.querySelector(".zone");
  const input = place.querySelector("input");
  const queue = [];
  const stored = [];
  const self = { now: null, leave };
  let current = null;
  let hasNews = false;

  place.querySelector(".choose").onclick = () => input.click();
  input.onchange = () => {
    add(input.files);
    input.value = ""; // the same file may be chosen again
  };
  zone.ondragover = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  zone.ondragleave = () => zone.classList.remove("over");
  zone.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    add(event.dataTransfer.files);
  };
  return self;

  function add(files) {
    for (const file of files) {
      const one = row(file);
      if (file.size > self.now.data.most_bytes) fail(one, self.now.data.too_large);
      else queue.push(one);
    }
    next();
  }

  function next() {
    if (!current && queue.length) send((current = queue.shift()));
  }

  function send(one) {
    const request = new XMLHttpRequest();
    one.stop = () => request.abort();
    request.open("PUT", self.now.data.address);
    request.setRequestHeader("X-File-Name", encodeURIComponent(one.file.name));
    request.setRequestHeader("X-Xsrftoken", cookie("_streamlit_xsrf"));
    request.upload.onprogress = (event) => one.show(event.loaded);
    request.onload = () => {
      if (request.status === 201) keep(one, JSON.parse(request.responseText).upload_id);
      else fail(one, reason(request));
    };
    request.onerror = () => fail(one, "The connection to the server broke off. Try it again.");
    request.onloadend = finish; // also when it was cancelled
    request.send(one.file);
  }

  function keep(one, upload_id) {
    stored.push({ receipt: `${Date.now()}-${stored.length}`, upload_id });
    hasNews = true;
    one.line.remove();
    say(`${one.file.name} is uploaded.`);
  }

  function fail(one, why) {
    one.failed(why);
    say(`${one.file.name}: ${why}`);
  }

  function finish() {
    current = null;
    if (queue.length) return next();
    if (hasNews) self.now.setStateValue("stored", [...stored]);
    hasNews = false;
  }

  function leave() {
    queue.length = 0;
    current?.stop();
  }

  function row(file) {
    const line = element("li");
    const name = element("span", "name", file.name);
    const bar = element("progress");
    const amount = element("span", "amount", "waiting");
    const button = element("button", "stop", "Cancel");
    name.title = file.name;
    bar.max = Math.max(file.size, 1);
    bar.value = 0;
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    button.type = "button";
    button.setAttribute("aria-label", `Cancel the upload of ${file.name}`);
    line.append(name, bar, amount, button);
    place.querySelector(".files").append(line);
    const one = { file, line, stop: null };
    button.onclick = () => {
      line.remove();
      const waiting = queue.indexOf(one);
      if (waiting >= 0) queue.splice(waiting, 1);
      else if (current === one) one.stop();
    };
    one.show = (bytes) => {
      bar.value = bytes;
      amount.textContent = bytes < file.size ? `${size(bytes)} of ${size(file.size)}` : "checking …";
    };
    one.failed = (why) => {
      line.classList.add("failed");
      bar.remove();
      amount.textContent = why;
      button.textContent = "Put aside";
      button.setAttribute("aria-label", `Put the message about ${file.name} aside`);
    };
    return one;
  }

  function say(words) {
    place.querySelector(".said").textContent = words;
  }
}

function element(kind, className = "", text = "") {
  const made = document.createElement(kind);
  made.className = className;
  made.textContent = text;
  return made;
}

function size(bytes) {
  return `${(bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0)} MB`;
}

function reason(request) {
  try {
    return JSON.parse(request.responseText).error;
  } catch {
    return "The server did not take the file. Reload the page and try it again.";
  }
}

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
