using System.IO.Enumeration;

namespace Siamese.Pipelines.Images;

/// <summary>One search of a folder: what really lies in it first, and then what links lead to.</summary>
internal sealed class ImageFileWalk(string root, CancellationToken cancellation)
{
    // Linux follows as many links in one path.
    private const int MostLinks = 40;

    private static readonly string[] OtherFormats =
    [
        ".heic", ".heif", ".hif", ".avif", ".tif", ".tiff", ".jxl", ".jp2", ".j2k", ".jpf", ".jpx", ".ico", ".svg", ".psd", ".tga", ".pcx", ".ppm", ".pgm",
        ".pbm", ".pnm", ".qoi", ".dng", ".raw", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw",
    ];

    private static readonly EnumerationOptions OneFolder = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false };

    private readonly HashSet<string> _folders = new(PathComparer);
    private readonly HashSet<string> _files = new(PathComparer);
    private readonly List<FoundImageFile> _found = [];
    private readonly List<SkippedFile> _skipped = [];
    private readonly Stack<Place> _open = new();
    private List<Place> _links = [];
    private string _realRoot = string.Empty;

    private static StringComparer PathComparer =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    public ImageFileSearch Run()
    {
        _realRoot = RealPath(root) ?? root;
        _folders.Add(_realRoot);
        Visit(new Place(root, string.Empty, _realRoot));
        while (_links.Count > 0)
        {
            List<Place> links = _links;
            _links = [];
            foreach (Place link in links.OrderBy(link => link.Name, StringComparer.Ordinal))
            {
                Follow(link);
            }
        }

        return new ImageFileSearch
        {
            Folder = root,
            Files = [.. _found.OrderBy(file => file.Name, StringComparer.Ordinal)],
            Skipped = [.. _skipped.OrderBy(skipped => skipped.Name, StringComparer.Ordinal)],
        };
    }

    /// <summary>Takes the images of a folder and of all that really lies below it, and keeps the links for later.</summary>
    private void Visit(Place folder)
    {
        _open.Push(folder);
        while (_open.TryPop(out Place place))
        {
            cancellation.ThrowIfCancellationRequested();
            List<Entry> entries = [];
            try
            {
                foreach (Entry entry in new FileSystemEnumerable<Entry>(place.Path, Read, OneFolder))
                {
                    entries.Add(entry);
                }
            }
            catch (Exception exception) when (place.Name.Length > 0 && exception is IOException or UnauthorizedAccessException)
            {
                Skip(place.Name, SkipReason.UnreadableFolder);
            }

            // By name, so that of two links to one target the same counts on every system.
            foreach (Entry entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                Sort(entry, place.Below(entry.Name));
            }
        }
    }

    private static Entry Read(ref FileSystemEntry entry) => new(entry.FileName.ToString(), entry.IsDirectory, entry.Attributes, entry.IsHidden);

    private void Sort(Entry entry, Place place)
    {
        if (entry.IsHidden || entry.Attributes.HasFlag(FileAttributes.System))
        {
            Skip(place.Name, SkipReason.Hidden);
        }
        else if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && LinkTarget(place.Path) is not null)
        {
            _links.Add(place);
        }
        else if (entry.Name.Contains('\uFFFD', StringComparison.Ordinal) && !File.Exists(place.Path) && !Directory.Exists(place.Path))
        {
            // What stands for bytes that are not UTF-8: the name that .NET made of them is the name of nothing.
            Skip(place.Name, SkipReason.UnreadableName);
        }
        else if (entry.IsDirectory)
        {
            // A link may have led into it before.
            if (_folders.Add(place.Real))
            {
                _open.Push(place);
            }
        }
        else
        {
            Take(place);
        }
    }

    private void Take(Place file)
    {
        if (!ImageFiles.IsImage(file.Name))
        {
            string extension = Path.GetExtension(file.Name);
            Skip(file.Name, OtherFormats.Contains(extension, StringComparer.OrdinalIgnoreCase) ? SkipReason.UnsupportedFormat : SkipReason.NotAnImage);
        }
        else if (!IsRegular(file.Real))
        {
            Skip(file.Name, SkipReason.NotAFile);
        }
        else if (_files.Add(file.Real))
        {
            _found.Add(new FoundImageFile { Path = file.Path, Name = file.Name });
        }
        else
        {
            Skip(file.Name, SkipReason.AlreadyFound);
        }
    }

    private void Follow(Place link)
    {
        string? real = RealPath(link.Path);
        if (real is not null && Directory.Exists(real))
        {
            if (Holds(real, Path.GetDirectoryName(link.Real)!) || Holds(real, _realRoot))
            {
                Skip(link.Name, SkipReason.CircularLink);
            }
            else if (_folders.Add(real))
            {
                Visit(link with { Real = real });
            }
            else
            {
                Skip(link.Name, SkipReason.AlreadyFound);
            }
        }
        else if (real is not null && File.Exists(real))
        {
            Take(link with { Real = real });
        }
        else
        {
            Skip(link.Name, SkipReason.BrokenLink);
        }
    }

    private void Skip(string name, SkipReason reason) => _skipped.Add(new SkippedFile { Name = name, Reason = reason });

    /// <summary>Tells whether a folder is another or lies above it.</summary>
    private static bool Holds(string folder, string below)
    {
        for (string? path = below; path is not null; path = Path.GetDirectoryName(path))
        {
            if (PathComparer.Equals(path, folder))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Resolves every link of a path; null where there are too many, as in a circle of links.</summary>
    private static string? RealPath(string path)
    {
        string current = Path.GetPathRoot(path)!;
        var rest = new Stack<string>();
        Push(path[current.Length..]);
        int links = 0;
        while (rest.TryPop(out string? part))
        {
            if (part is "..")
            {
                current = Path.GetDirectoryName(current) ?? current;
                continue;
            }

            string next = Path.Combine(current, part);
            if (LinkTarget(next) is not { } target)
            {
                current = next;
                continue;
            }

            if (++links > MostLinks)
            {
                return null;
            }

            string targetRoot = Path.GetPathRoot(target) ?? string.Empty;
            current = targetRoot.Length > 0 ? Path.GetFullPath(targetRoot) : current;
            Push(target[targetRoot.Length..]);
        }

        return current;

        void Push(string parts)
        {
            foreach (string part in parts.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]).Reverse())
            {
                if (part.Length > 0 && part is not ".")
                {
                    rest.Push(part);
                }
            }
        }
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return (Directory.Exists(path) ? (FileSystemInfo)new DirectoryInfo(path) : new FileInfo(path)).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Tells a file from a pipe or a device, whose reader would wait for ever. Those have no length, as few files do.</summary>
    private static bool IsRegular(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows() || new FileInfo(path).Length > 0)
            {
                return true;
            }

            // Opened for writing too, a pipe does not wait for whoever writes to it. Nothing is written.
            using FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return stream.CanSeek;
        }
        catch (UnauthorizedAccessException)
        {
            // An empty file that may not be written: whoever reads it says that it is empty.
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private readonly record struct Entry(string Name, bool IsDirectory, FileAttributes Attributes, bool IsHidden);

    /// <summary>A file or folder: where it was found, what it is called below the root, and where it really lies.</summary>
    private readonly record struct Place(string Path, string Name, string Real)
    {
        public Place Below(string name) =>
            new(System.IO.Path.Combine(Path, name), Name.Length == 0 ? name : $"{Name}/{name}", System.IO.Path.Combine(Real, name));
    }
}
