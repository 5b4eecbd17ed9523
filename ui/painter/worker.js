// The painter in a worker, so that neither pictures nor the page wait for each other.

import { Painter } from "./painter.js";

let painter = null;

onmessage = ({ data: order }) => {
  if (order.order === "open") {
    painter = new Painter(order.url, order.way, (id, what) => postMessage({ id, what }));
  } else {
    painter.obey(order);
  }
  if (order.order === "close") close();
};
