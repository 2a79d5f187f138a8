// Bundles main.js of the working directory with webpack's defaults, and prints what it complains of, as JSON.
import webpack from "webpack";

const compiler = webpack({ mode: "production", entry: "./main.js" });
compiler.run((error, stats) => {
  if (error) throw error;
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  console.log(JSON.stringify([...errors, ...warnings].map(({ message }) => message)));
  compiler.close(() => {});
});
