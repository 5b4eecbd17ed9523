; The installer of the app for Windows: for one user or for all, by hand or silently.
;
;   carillon-setup.exe /S               for whoever runs it, without a question
;   carillon-setup.exe /S /AllUsers     for everybody; takes an administrator
;
; It ends with 1 if it was cancelled, with 2 if the app that runs could not be ended, with 3 if the app is installed and WebView2 could not be.
; `cargo xtask bundle` defines what stands in ${...}: VERSION, PROGRAM, ICON, PICTURE, LICENSE, OUT, and where there are any
; TARGET, LOADER (WebView2Loader.dll), WEBVIEW2_SETUP and SIGN, a command that signs the file %1.

!ifdef TARGET
    Target ${TARGET}
!endif
Unicode true
SetCompressor /SOLID lzma
CRCCheck force
ManifestDPIAware true
BrandingText " "

!define NAME "Carillon"
!define ID "org.carillon.desktop"
!define EXE "carillon-desktop.exe"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define SCHEME_KEY "Software\Classes\carillon"
!define AUMID_KEY "Software\Classes\AppUserModelId\${ID}"
!define WEBVIEW2_KEY "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
!define WEBVIEW2_URL "https://go.microsoft.com/fwlink/p/?LinkId=2124703"

Name "${NAME}"
OutFile "${OUT}"
!ifdef SIGN
    ; The uninstaller is made by the installer, so it is signed before it goes in.
    !uninstfinalize '${SIGN}' = 0
!endif
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey FileDescription "${NAME} Setup"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey LegalCopyright "The Carillon authors"

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
; An update goes where the app is.
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "DisplayVersion"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallLocation"

!include MultiUser.nsh
!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include Win\COM.nsh
!include Win\Propkey.nsh

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\${EXE}"

!insertmacro MUI_PAGE_LICENSE "${LICENSE}"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString DESKTOP_SHORTCUT ${LANG_ENGLISH} "Shortcut on the desktop"
LangString DESKTOP_SHORTCUT ${LANG_SIMPCHINESE} "桌面快捷方式"
LangString STILL_RUNS ${LANG_ENGLISH} "Carillon is still running. Quit it, then try again."
LangString STILL_RUNS ${LANG_SIMPCHINESE} "Carillon 仍在运行。请退出后重试。"
LangString NO_WEBVIEW2 ${LANG_ENGLISH} "Carillon is installed, but Microsoft Edge WebView2, which shows its windows, is not: install it from https://developer.microsoft.com/microsoft-edge/webview2, then start Carillon."
LangString NO_WEBVIEW2 ${LANG_SIMPCHINESE} "Carillon 已安装，但用于显示窗口的 Microsoft Edge WebView2 未能安装。请从 https://developer.microsoft.com/microsoft-edge/webview2 安装后再启动 Carillon。"

; Ends the app that runs, as the user would, and waits for that. A program that runs cannot be written to.
!macro END_WHAT_RUNS UN
Function ${UN}EndWhatRuns
    IfFileExists "$INSTDIR\${EXE}" 0 over
    StrCpy $1 0
look:
    ClearErrors
    FileOpen $0 "$INSTDIR\${EXE}" a
    IfErrors runs
    FileClose $0
    Goto over
runs:
    ; An app that has only begun hears nothing yet.
    IntOp $2 $1 % 20
    ${If} $2 == 0
        Exec '"$INSTDIR\${EXE}" --quit'
    ${EndIf}
    IntOp $1 $1 + 1
    Sleep 250
    IntCmp $1 60 0 look
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(STILL_RUNS)" /SD IDCANCEL IDRETRY again
    SetErrorLevel 2
    Quit
again:
    StrCpy $1 0
    Goto look
over:
FunctionEnd
!macroend
!insertmacro END_WHAT_RUNS ""
!insertmacro END_WHAT_RUNS "un."

; Windows shows a program's notifications, and its windows in one group of the task bar, by the id on its shortcut.
Function NameShortcut
    Exch $R0
    !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
    ${If} $0 P<> 0
        ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
        ${If} $1 P<> 0
            ${IPersistFile::Load} $1 '(R0,${STGM_READWRITE})'
            ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
            ${If} $2 P<> 0
                System::Call 'SHLWAPI::SHStrDupW(w"${ID}",*p.r5)'
                System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r3'
                System::Call '*(&i2 ${VT_LPWSTR},&i6 0,p r5,p 0)p.r4'
                ${IPropertyStore::SetValue} $2 '(r3,r4)'
                ${IPropertyStore::Commit} $2 ""
                System::Call 'OLE32::CoTaskMemFree(p r5)'
                System::Free $3
                System::Free $4
                ${IUnknown::Release} $2 ""
                ${IPersistFile::Save} $1 '(R0,1)'
            ${EndIf}
            ${IUnknown::Release} $1 ""
        ${EndIf}
        ${IUnknown::Release} $0 ""
    ${EndIf}
    Pop $R0
FunctionEnd

; Leaves "" in $0 where there is none.
Function FindWebView2
    ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\${WEBVIEW2_KEY}" "pv"
    ${If} $0 == ""
        ReadRegStr $0 HKCU "Software\${WEBVIEW2_KEY}" "pv"
    ${EndIf}
    ${If} $0 == "0.0.0.0"
        StrCpy $0 ""
    ${EndIf}
FunctionEnd

Function InstallWebView2
    Call FindWebView2
    ${If} $0 != ""
        Return
    ${EndIf}
    InitPluginsDir
    !ifdef WEBVIEW2_SETUP
        File "/oname=$PLUGINSDIR\webview2-setup.exe" "${WEBVIEW2_SETUP}"
    !else
        ; Windows brings curl along, which does TLS by the system's own certificates.
        nsExec::ExecToLog '"$SYSDIR\curl.exe" --fail --silent --location --proto =https --max-time 300 --output "$PLUGINSDIR\webview2-setup.exe" "${WEBVIEW2_URL}"'
        Pop $0
    !endif
    ExecWait '"$PLUGINSDIR\webview2-setup.exe" /silent /install'
    Call FindWebView2
    ${If} $0 == ""
        SetErrorLevel 3
        MessageBox MB_OK|MB_ICONEXCLAMATION "$(NO_WEBVIEW2)" /SD IDOK
    ${EndIf}
FunctionEnd

Function .onInit
    SetRegView 64
    !insertmacro MULTIUSER_INIT
FunctionEnd

Function un.onInit
    SetRegView 64
    !insertmacro MULTIUSER_UNINIT
FunctionEnd

Section "${NAME}"
    SectionIn RO
    Call EndWhatRuns
    SetOutPath "$INSTDIR"
    File "/oname=${EXE}" "${PROGRAM}"
    File "/oname=carillon.png" "${PICTURE}"
    File "/oname=LICENSE.txt" "${LICENSE}"
    !ifdef LOADER
        File "/oname=WebView2Loader.dll" "${LOADER}"
    !endif
    WriteUninstaller "$INSTDIR\uninstall.exe"

    CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${EXE}"
    Push "$SMPROGRAMS\${NAME}.lnk"
    Call NameShortcut

    WriteRegStr SHCTX "${AUMID_KEY}" "DisplayName" "${NAME}"
    WriteRegStr SHCTX "${AUMID_KEY}" "IconUri" "$INSTDIR\carillon.png"

    WriteRegStr SHCTX "${SCHEME_KEY}" "" "URL:${NAME}"
    WriteRegStr SHCTX "${SCHEME_KEY}" "URL Protocol" ""
    WriteRegStr SHCTX "${SCHEME_KEY}\DefaultIcon" "" "$INSTDIR\${EXE},0"
    WriteRegStr SHCTX "${SCHEME_KEY}\shell\open\command" "" '"$INSTDIR\${EXE}" --open-link "%1"'

    WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${EXE},0"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "The Carillon authors"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
    WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
    WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" $0

    Call InstallWebView2
SectionEnd

Section /o "$(DESKTOP_SHORTCUT)"
    CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\${EXE}"
    Push "$DESKTOP\${NAME}.lnk"
    Call NameShortcut
SectionEnd

; What the user has said and chosen stays, as on the other systems: it is in $LOCALAPPDATA\${ID}.
Section "Uninstall"
    Call un.EndWhatRuns
    Delete "$INSTDIR\${EXE}"
    Delete "$INSTDIR\carillon.png"
    Delete "$INSTDIR\LICENSE.txt"
    Delete "$INSTDIR\WebView2Loader.dll"
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\${NAME}.lnk"
    Delete "$DESKTOP\${NAME}.lnk"
    DeleteRegKey SHCTX "${UNINSTALL_KEY}"
    DeleteRegKey SHCTX "${SCHEME_KEY}"
    DeleteRegKey SHCTX "${AUMID_KEY}"
    ; The app's own, where the user let it start at sign-in.
    DeleteRegValue HKCU "${RUN_KEY}" "${ID}"
SectionEnd
