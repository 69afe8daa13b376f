using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Siamese.Pipelines;
using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

/// <summary>A report in one HTML file that needs nothing else: it opens from disk, without a network, and can be mailed.</summary>
/// <remarks>
/// Images, styles and scripts are within the page, and its content security policy lets nothing else be loaded or run. What is added is
/// text, and shown as it is, whatever characters it holds. It follows the reader's choice of a light or a dark page, and prints.
/// </remarks>
public sealed partial class HtmlReport
{
    private static readonly string Style = Resource("report.css");
    private static readonly string Script = Resource("scatter.js");

    private readonly string _title;
    private readonly StringBuilder _body = new();
    private readonly List<string> _sections = [];
    private bool _interactive;

    /// <summary>Begins a report.</summary>
    /// <param name="title">The title of the page, and its first heading.</param>
    /// <exception cref="ArgumentException">The title is blank.</exception>
    public HtmlReport(string title)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(title);
        _title = title;
    }

    /// <summary>Begins a section: what is added next stands in it. The table of contents lists the sections.</summary>
    /// <param name="heading">The heading.</param>
    /// <returns>This report.</returns>
    /// <exception cref="ArgumentException">The heading is blank.</exception>
    public HtmlReport AddSection(string heading)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(heading);
        _sections.Add(heading);
        _body.Append($"<h2 id=\"section-{_sections.Count}\">{Escape(heading)}</h2>\n");
        return this;
    }

    /// <summary>Adds paragraphs.</summary>
    /// <param name="text">The text. A blank line begins a paragraph; a line break is kept.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const StringSplitOptions whole = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        foreach (string paragraph in text.ReplaceLineEndings("\n").Split("\n\n", whole))
        {
            _body.Append($"<p>{Escape(paragraph)}</p>\n");
        }

        return this;
    }

    /// <summary>Adds a table. Columns of numbers stand flush right.</summary>
    /// <param name="headers">The N headers.</param>
    /// <param name="rows">Rows of N cells.</param>
    /// <param name="caption">What the table shows, or null.</param>
    /// <returns>This report.</returns>
    /// <exception cref="ArgumentException">There are no headers, or a row has not as many cells.</exception>
    public HtmlReport AddTable(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows, string? caption = null)
    {
        Check.NotEmpty(headers, "headers");
        ArgumentNullException.ThrowIfNull(rows);
        for (int i = 0; i < rows.Count; i++)
        {
            Check.SameCount(headers.Count, "headers", rows[i].Count, $"cells in row {i}", nameof(rows));
        }

        string[] alignments =
        [
            .. headers.Select((_, column) => IsNumeric(rows, column) ? " class=\"number\"" : string.Empty),
        ];
        _body.Append("<div class=\"wide\"><table>\n");
        if (caption is not null)
        {
            _body.Append($"<caption>{Escape(caption)}</caption>\n");
        }

        IEnumerable<string> top = headers.Select((header, i) => $"<th scope=\"col\"{alignments[i]}>{Escape(header)}</th>");
        _body.Append("<thead><tr>").AppendJoin(string.Empty, top).Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, i) => $"<td{alignments[i]}>{Escape(cell)}</td>");
            _body.Append("<tr>").AppendJoin(string.Empty, cells).Append("</tr>\n");
        }

        _body.Append("</tbody></table></div>\n");
        return this;
    }

    /// <summary>Adds names with their values, such as the options of a run.</summary>
    /// <param name="definitions">Names and values, in their order.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddDefinitions(IEnumerable<KeyValuePair<string, string>> definitions)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        _body.Append("<dl>\n");
        foreach ((string name, string value) in definitions)
        {
            _body.Append($"<dt>{Escape(name)}</dt><dd>{Escape(value)}</dd>\n");
        }

        _body.Append("</dl>\n");
        return this;
    }

    /// <summary>Adds a figure. It is drawn now.</summary>
    /// <param name="figure">The figure. Its description becomes the alternative text.</param>
    /// <param name="caption">Stands beneath it, or null.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddFigure(Figure figure, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(figure);
        _body.Append(
            $"<figure><img alt=\"{Escape(figure.Description)}\" width=\"{figure.Width}\" height=\"{figure.Height}\" "
            + $"src=\"{PngUri(figure.ToPng())}\">");
        AppendCaption(caption);
        _body.Append("</figure>\n");
        return this;
    }

    /// <summary>
    /// Adds points in the plane that the reader explores: the pointer shows the image of the point nearest to it, the wheel or two fingers
    /// zoom, dragging moves, and the legend hides classes.
    /// </summary>
    /// <param name="points">N points. A unit is drawn as long on both axes.</param>
    /// <param name="classes">As many, from 0, or <see cref="Figures.Unknown"/>.</param>
    /// <param name="classNames">The classes' names.</param>
    /// <param name="thumbnails">
    /// As many as points, of at most 2,048 x 2,048 pixels; 28 x 28 to 112 x 112 is fitting. They may differ in size.
    /// </param>
    /// <param name="captions">As many as points: what stands beneath an image, in lines.</param>
    /// <param name="caption">What stands beneath the whole, or null.</param>
    /// <param name="drawThumbnails">True to begin with the images at their places rather than with points. The reader can change that.</param>
    /// <returns>This report.</returns>
    /// <remarks>5,000 digits of 28 x 28 add about 2 MB. Without scripts, a note stands in its place.</remarks>
    /// <exception cref="ArgumentException">There is no point, or the lists are not as long as each other.</exception>
    public HtmlReport AddInteractiveScatter(
        IReadOnlyList<PlanePoint> points,
        IReadOnlyList<int> classes,
        IReadOnlyList<string> classNames,
        IReadOnlyList<Thumbnail> thumbnails,
        IReadOnlyList<string> captions,
        string? caption = null,
        bool drawThumbnails = false)
    {
        Check.Points(points);
        ArgumentNullException.ThrowIfNull(classNames);
        Check.Classes(classes, points.Count, classNames.Count);
        ArgumentNullException.ThrowIfNull(thumbnails);
        Check.SameCount(points.Count, "points", thumbnails.Count, "thumbnails", nameof(thumbnails));
        ArgumentNullException.ThrowIfNull(captions);
        Check.SameCount(points.Count, "points", captions.Count, "captions", nameof(captions));

        SpriteSheets sheets = SpriteSheets.Pack(thumbnails);
        _interactive = true;
        _body.Append("<figure class=\"scatter\">\n<div class=\"legend\"></div>\n<div class=\"stage\"><canvas role=\"img\" aria-label=\"");
        _body.Append(Escape($"{points.Count:N0} images in the plane, near each other where the network finds them alike. {caption}".TrimEnd()));
        _body.Append("\"></canvas></div>\n<noscript><p>These points can be explored only where scripts run.</p></noscript>\n");
        foreach (byte[] sheet in sheets.Files)
        {
            _body.Append($"<img class=\"sheet\" alt=\"\" src=\"{PngUri(sheet)}\">\n");
        }

        string data = ScatterData(points, classes, classNames, thumbnails, captions, sheets, drawThumbnails);
        _body.Append($"<script type=\"application/json\">{data}</script>\n");
        AppendCaption(caption);
        _body.Append("</figure>\n");
        return this;
    }

    /// <summary>Gives the page.</summary>
    public string ToHtml()
    {
        string scripts = _interactive ? $"script-src '{Hash(Script)}'; " : string.Empty;
        var page = new StringBuilder($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; {scripts}style-src '{Hash(Style)}'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Escape(_title)}</title>
            <style>{Style}</style>
            </head>
            <body>
            <h1>{Escape(_title)}</h1>

            """);
        if (_sections.Count > 1)
        {
            page.Append("<nav aria-label=\"Contents\"><strong>Contents</strong><ol>\n");
            for (int i = 0; i < _sections.Count; i++)
            {
                page.Append($"<li><a href=\"#section-{i + 1}\">{Escape(_sections[i])}</a></li>\n");
            }

            page.Append("</ol></nav>\n");
        }

        page.Append(_body);
        if (_interactive)
        {
            page.Append($"<script>{Script}</script>\n");
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>Writes the page, whole or not at all, and the folders to it where they are missing.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Save(string path)
    {
        byte[] page = Encoding.UTF8.GetBytes(ToHtml());
        AtomicFile.Write(path, stream => stream.Write(page));
    }

    private static string ScatterData(
        IReadOnlyList<PlanePoint> points,
        IReadOnlyList<int> classes,
        IReadOnlyList<string> classNames,
        IReadOnlyList<Thumbnail> thumbnails,
        IReadOnlyList<string> captions,
        SpriteSheets sheets,
        bool drawThumbnails)
    {
        // To [-1, 1] along the longer side: five digits are a hundredth of a pixel, and short.
        double left = points.Min(point => point.X);
        double right = points.Max(point => point.X);
        double bottom = points.Min(point => point.Y);
        double top = points.Max(point => point.Y);
        double half = Math.Max(right - left, top - bottom) / 2;
        double scale = half > 0 ? 1 / half : 1;
        PlanePoint[] placed =
        [
            .. points.Select(point => new PlanePoint(
                Math.Round((point.X - ((left + right) / 2)) * scale, 5), Math.Round((point.Y - ((bottom + top) / 2)) * scale, 5))),
        ];
        int[] present = Figures.Present(classes);
        bool alike = thumbnails.All(thumbnail => thumbnail.Width == sheets.CellWidth && thumbnail.Height == sheets.CellHeight);

        // The default encoder writes < > & ' as \u00XX, so that nothing in the names can end the script element.
        return JsonSerializer.Serialize(new
        {
            x = placed.Select(point => point.X),
            y = placed.Select(point => point.Y),
            classes,
            names = classNames,
            styles = Enumerable.Range(0, classNames.Count)
                .Append(Figures.Unknown)
                .Select(index => new { color = ClassColors.Of(index), shape = ClassColors.Shape(index) }),
            present,
            labels = present.Where(index => index >= 0).Select(index =>
            {
                CloudLabel label = Figures.MedianLabel(placed, classes, index, string.Empty);
                return new { index, x = label.X, y = label.Y };
            }),
            captions,
            cell = new[] { sheets.CellWidth, sheets.CellHeight },
            columns = sheets.Columns,
            perSheet = sheets.PerSheet,
            sizes = alike ? null : thumbnails.Select(thumbnail => new[] { thumbnail.Width, thumbnail.Height }),
            pictures = drawThumbnails,
        });
    }

    private static bool IsNumeric(IReadOnlyList<IReadOnlyList<string>> rows, int column) =>
        rows.Count > 0 && rows.All(row => row[column].Length == 0 || Number().IsMatch(row[column]));

    private static string PngUri(byte[] png) => $"data:image/png;base64,{Convert.ToBase64String(png)}";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Resource(string name)
    {
        using Stream stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);

        // A browser hashes the text as it stands in the page, where line ends have become \n.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    // A number, perhaps with thousands set apart, and a unit: 98.9 %, 1,234, -3.5e-7, 12 ms, 1,500 images/s.
    [GeneratedRegex(@"^[-+−±]?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?([ \u00A0]?[%°\p{L}][\p{L}/²]*)?$")]
    private static partial Regex Number();

    private void AppendCaption(string? caption)
    {
        if (caption is not null)
        {
            _body.Append($"<figcaption>{Escape(caption)}</figcaption>");
        }
    }
}
