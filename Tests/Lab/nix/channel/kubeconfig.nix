# A kubeconfig as the module writes it: JSON in the store that names files, so that it holds no secret.
{ server }: name: cert:
let secrets = "/var/lib/kubernetes/secrets";
in builtins.toFile "${name}-kubeconfig" (builtins.toJSON {
  apiVersion = "v1";
  kind = "Config";
  clusters = [ { name = "local"; cluster = { certificate-authority = "${secrets}/ca.pem"; inherit server; }; } ];
  users = [ { inherit name; user = { client-certificate = "${secrets}/${cert}.pem"; client-key = "${secrets}/${cert}-key.pem"; }; } ];
  contexts = [ { name = "local"; context = { cluster = "local"; user = name; }; } ];
  current-context = "local";
})
