// Starts `rls lsp` and hands it to VS Code. The one module it needs, vscode-languageclient, is installed beside it.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const command = workspace.getConfiguration("rls").get("path");
  client = new LanguageClient("rls", { command, args: ["lsp"] }, { documentSelector: [{ language: "rls" }] });
  return client.start();
};

exports.deactivate = () => client?.stop();
