-- wrk: the platform page's create, each with an Idempotency-Key of its own
local body = '{"model":"kling-v3-motion-control","input":{"prompt":"人物按参考视频动作起舞,动作连贯,写实风格",' ..
  '"character_orientation":"image","image_url":"https://example.com/ref-image.png","keep_original_sound":"yes",' ..
  '"mode":"std","video_url":"https://example.com/ref-video-8s.mp4"}}'
local run = tostring(os.time()) .. tostring(math.random(1e9))
local sent = 0
wrk.method = "POST"
wrk.body = body
wrk.headers["Content-Type"] = "application/json"
request = function()
  sent = sent + 1
  wrk.headers["Idempotency-Key"] = run .. "-" .. sent
  return wrk.format()
end
