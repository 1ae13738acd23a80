# kupgrade from the tarball that `make dist` packs: built elsewhere, fitted to NixOS's loader.
{ lib, stdenv, autoPatchelfHook, tarball }:
stdenv.mkDerivation {
  pname = "kupgrade";
  version = lib.head (builtins.match ".*kupgrade-([0-9][^-]*)-.*" (baseNameOf (toString tarball)));
  src = tarball;
  nativeBuildInputs = [ autoPatchelfHook ];
  buildInputs = [ stdenv.cc.cc.lib ];
  dontStrip = true;
  installPhase = ''
    runHook preInstall
    mkdir -p $out
    cp -r bin lib share $out/
    runHook postInstall
  '';
  meta = {
    description = "Upgrades, backs up and restores Kubernetes run by NixOS's services.kubernetes";
    mainProgram = "kupgrade";
    platforms = [ "x86_64-linux" "aarch64-linux" ];
  };
}
